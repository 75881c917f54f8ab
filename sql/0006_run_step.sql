-- 0006 run_step: the steps of a heavy run, their results, and the processes of the local engine that do them.
create table run_step (
  run_id uuid not null references run on delete cascade,
  step text not null check (step in ('plan', 'work', 'verify')),
  result jsonb,
  error jsonb,
  -- How often the step's process was started without the step getting further.
  starts integer not null default 0,
  -- When it may be started again: a step that crashes waits twice as long each time.
  not_before timestamptz,
  updated_at timestamptz not null default now(),
  primary key (run_id, step)
);

alter table run
  -- Which process looks after a heavy run, while its claim lasts.
  add column claimed_by text,
  add column shards_done integer not null default 0,
  add column shards_failed integer not null default 0;
