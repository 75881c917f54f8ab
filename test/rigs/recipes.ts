// What each engine is made of: artifacts of Maven Central that fit together.

export type Recipe = {
  /** Java package of the engine's classes. */
  root: 'org.elasticsearch' | 'org.opensearch'
  /** The setting that takes the port between nodes. */
  transportPort: string
  systemProperties: Record<string, string>
} & (Distribution | Parts)

/** A whole distribution, published as a zip. */
export type Distribution = { zip: string; folder: string }

/** Where only the parts are published: the server, and the modules that its distribution would hold. */
export type Parts = { version: string; server: string[]; modules: Module[] }

export type Module = { artifact: string; pluginClass: string; extends?: string }

export type OwnEngine = 'es6' | 'es7' | 'os2'

// log4j-core is optional for the server but must have the version of its log4j-api; the two geometry libraries are
// optional too, and some mappings fail without them.
const optional = (log4j: string) => [
  `org.apache.logging.log4j:log4j-core:${log4j}`,
  'org.locationtech.spatial4j:spatial4j:0.7',
  'org.locationtech.jts:jts-core:1.15.0',
]

/** The modules both families share; only groups, class packages and the ending of some artifacts differ. */
function modules(root: Recipe['root'], version: string, artifact: (name: string) => string): Module[] {
  const plugins: [name: string, pluginClass: string, extended?: string][] = [
    ['transport-netty4', 'transport.Netty4Plugin'],
    ['analysis-common', 'analysis.common.CommonAnalysisPlugin', 'lang-painless'],
    ['lang-painless', 'painless.PainlessPlugin'],
    ['lang-expression', 'script.expression.ExpressionPlugin'],
    ['lang-mustache', 'script.mustache.MustachePlugin'],
    ['reindex', 'index.reindex.ReindexPlugin'],
    ['mapper-extras', 'index.mapper.MapperExtrasPlugin'],
    ['parent-join', 'join.ParentJoinPlugin'],
    ['percolator', 'percolator.PercolatorPlugin'],
    ['aggs-matrix-stats', 'search.aggregations.matrix.MatrixAggregationPlugin'],
    ['ingest-common', 'ingest.common.IngestCommonPlugin', 'lang-painless'],
    ['ingest-user-agent', 'ingest.useragent.IngestUserAgentPlugin'],
    ['rank-eval', 'index.rankeval.RankEvalPlugin'],
    ['repository-url', 'plugin.repository.url.URLRepositoryPlugin'],
  ]
  return plugins.map(([name, pluginClass, extended]) => ({
    artifact: `${artifact(name)}:${version}`,
    pluginClass: `${root}.${pluginClass}`,
    extends: extended,
  }))
}

// OpenSearch publishes some of its modules under the name of their former clients.
const clients =
  /^(transport-netty4|lang-mustache|reindex|mapper-extras|parent-join|percolator|aggs-matrix-stats|rank-eval)$/
const openSearchModule = (name: string) =>
  `org.opensearch.plugin:${name}${clients.test(name) ? '-client' : ''}`

export const recipes: Record<OwnEngine, Recipe> = {
  es6: {
    root: 'org.elasticsearch',
    zip: 'org.elasticsearch.distribution.zip:elasticsearch-oss:6.8.23:zip',
    folder: 'elasticsearch-6.8.23',
    transportPort: 'transport.tcp.port',
    systemProperties: { 'es.distribution.flavor': 'oss', 'es.distribution.type': 'zip' },
  },
  es7: {
    root: 'org.elasticsearch',
    version: '7.10.2',
    server: [
      'org.elasticsearch:elasticsearch:7.10.2',
      'org.codelibs.elasticsearch.lib:plugin-classloader:7.10.2',
      ...optional('2.11.1'),
    ],
    modules: modules('org.elasticsearch', '7.10.2', (name) => `org.codelibs.elasticsearch.module:${name}`),
    transportPort: 'transport.port',
    systemProperties: { 'es.distribution.flavor': 'oss', 'es.distribution.type': 'tar' },
  },
  os2: {
    root: 'org.opensearch',
    version: '2.19.4',
    // The plugin class loader is not published for every patch; it holds one class that does not change.
    server: [
      'org.opensearch:opensearch:2.19.4',
      'org.opensearch:opensearch-plugin-classloader:2.19.1',
      ...optional('2.21.0'),
    ],
    modules: [
      ...modules('org.opensearch', '2.19.4', openSearchModule),
      { artifact: 'org.opensearch.plugin:geo:2.19.4', pluginClass: 'org.opensearch.geo.GeoModulePlugin' },
    ],
    transportPort: 'transport.port',
    systemProperties: { 'opensearch.distribution.type': 'tar' },
  },
}
