// What a person can do about what a target says.
const remedies: [words: RegExp, remedy: string][] = [
  [
    /expected total copies needs to be a multiple/,
    'Set awarenessAttributes to the number of zones of the target, so that replicas are rounded up to it',
  ],
  [
    /No handler for type \[/,
    'Install the plugin that has this field type on the target, or change the type with a transform',
  ],
  [
    /Unknown (?:filter|tokenizer|analyzer|char_filter) type|failed to find (?:filter|tokenizer|char_filter)|has not been configured in mappings/,
    'Install the analysis plugin on the target, or change the analyzer with a transform',
  ],
  [
    /this action would add \[?\d+\]? (?:total )?shards/,
    'Raise cluster.max_shards_per_node on the target, or add nodes',
  ],
  [
    /maximum (?:normal )?shards open|maximum shards/,
    'Raise cluster.max_shards_per_node on the target, or add nodes',
  ],
  [
    /an index exists with the same name as the alias|an index or alias exists with the same name/,
    'Rename or remove the object of the same name on the target',
  ],
  [/more than one write index/, 'Take the write index away from the other index of the alias on the target'],
  [
    /no permissions for|is unauthorized|not authorized/,
    'Grant this permission to the user of the Migration Assistant on the target',
  ],
  [/cluster_block_exception|blocked by/, 'Remove the block from the target, then retry'],
  [
    /multiple index templates may not match|multiple .* with pattern/,
    'Change the priority of one of the templates',
  ],
  [
    /Limit of (?:total fields|mapping depth|nested fields)/,
    'Raise the mapping limit of the index with a transform',
  ],
]

export function remedyFor(reason: string): string | null {
  return remedies.find(([words]) => words.test(reason))?.[1] ?? null
}
