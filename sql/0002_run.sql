-- 0002 run: one row per execution of an action, what it acted upon, what it found and what it left behind.
create table run (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references session on delete cascade,
  action text not null check (action in ('snapshot', 'metadata', 'backfill', 'validate', 'capture', 'replay')),
  state text not null default 'Pending'
    check (state in ('Pending', 'Running', 'Paused', 'Stopping', 'Stopped', 'Completed', 'CompletedWithErrors', 'Failed')),
  params jsonb not null,
  config_version integer not null,
  retry_of uuid references run,
  requested_by text not null,
  request_id text not null,
  traceparent text,
  reason text,
  workflow jsonb,
  result jsonb,
  error jsonb,
  done bigint not null default 0,
  total bigint,
  unit text not null default 'items',
  message text,
  percent numeric(4, 1) generated always as (
    case when total > 0 then least(trunc(100.0 * done / total, 1), 100) end) stored,
  last_progress_at timestamptz,
  -- The right to work on a light run: whose, which number, until when. A late writer of an old epoch is refused.
  claim_epoch integer not null default 0,
  claimed_until timestamptz,
  claims_without_progress integer not null default 0,
  -- The last batch of reports taken under this claim: a batch sent twice is taken once.
  report_number integer not null default 0,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz not null default now(),
  foreign key (session_id, config_version) references config_version (session_id, version),
  check ((finished_at is not null) = (state in ('Stopped', 'Completed', 'CompletedWithErrors', 'Failed'))),
  -- Completed is proven: only an accepted result makes it so.
  check (state not in ('Completed', 'CompletedWithErrors') or result is not null),
  check (state <> 'Failed' or error is not null)
);

create unique index one_open_run on run (session_id, action) where finished_at is null;
create index run_newest on run (session_id, action, created_at desc, id desc);
create index run_of_session on run (session_id, created_at desc, id desc);
create index run_open on run (created_at) where finished_at is null;

create function refuse_change_of_finished_run() returns trigger language plpgsql as $$
begin
  if old.finished_at is not null then
    raise exception 'a finished run never changes' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;

create trigger finished_run_is_immutable before update on run
  for each row execute function refuse_change_of_finished_run();

create table run_item (
  run_id uuid not null references run on delete cascade,
  kind text not null,
  name text not null,
  outcome text not null check (outcome in ('ok', 'skipped', 'warning', 'failed')),
  detail jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (run_id, kind, name)
);

create index run_item_by_outcome on run_item (run_id, outcome, kind, name);

-- The same issue is counted, not repeated.
create table run_issue (
  id bigint generated always as identity primary key,
  run_id uuid not null references run on delete cascade,
  code text not null,
  severity text not null check (severity in ('info', 'warning', 'error')),
  origin text not null check (origin in ('source', 'target', 'repository', 'tool', 'engine', 'control', 'user')),
  retryable boolean not null,
  scope text not null default '',
  message text not null,
  evidence jsonb not null default '{}',
  remedy text,
  count integer not null default 1,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  unique (run_id, code, scope)
);

create table artifact (
  run_id uuid not null references run on delete cascade,
  name text not null,
  media_type text not null check (media_type in
    ('application/json', 'application/x-ndjson', 'application/gzip', 'text/csv', 'text/html', 'text/plain')),
  size bigint not null,
  sha256 text not null,
  created_at timestamptz not null default now(),
  primary key (run_id, name)
);

create table log_line (
  id bigint generated always as identity primary key,
  run_id uuid not null references run on delete cascade,
  at timestamptz not null default now(),
  level text not null check (level in ('debug', 'info', 'warn', 'error')),
  worker text,
  message text not null,
  fields jsonb not null default '{}'
);

create index log_line_of_run on log_line (run_id, id);
