-- 0008 approval: gates of a plan where a run waits for a person; one row per gate that a run has come to.
create table approval (
  id uuid primary key default gen_random_uuid(),
  run_id uuid not null references run on delete cascade,
  gate text not null check (gate in ('begin', 'evaluated', 'switch')),
  state text not null default 'waiting' check (state in ('waiting', 'approved', 'rejected')),
  created_at timestamptz not null default now(),
  decided_at timestamptz,
  decided_by text,
  comment text,
  unique (run_id, gate),
  -- Nobody decides anonymously.
  check ((state = 'waiting') = (decided_at is null)),
  check ((decided_at is null) = (decided_by is null))
);

create index approval_waiting on approval (run_id) where state = 'waiting';
