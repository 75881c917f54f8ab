-- 0007 workflow: how open runs are matched with the workflows of their engine, and what the last look at the engine showed.
create index run_workflow on run ((workflow ->> 'name') collate "C") where finished_at is null and workflow is not null;

create table engine_check (
  engine text primary key,
  checked_at timestamptz not null,
  ok boolean not null,
  detail text,
  open_runs integer not null default 0,
  -- Names of workflows that belong to no run.
  orphans text[] not null default '{}'
);
