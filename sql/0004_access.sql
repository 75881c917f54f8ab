-- 0004 access: who may call, who did, and which answer a repeated request gets.
create table token (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  role text not null check (role in ('viewer', 'operator', 'admin', 'run')),
  -- Names of the sessions the token reaches; null is all of them.
  sessions text[],
  run_id uuid references run on delete cascade,
  hash bytea not null unique,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  check ((role = 'run') = (run_id is not null))
);

create index token_newest on token (created_at desc, id desc);

create table login_code (
  hash bytea primary key,
  token_id uuid not null references token on delete cascade,
  expires_at timestamptz not null
);

create table web_session (
  hash bytea primary key,
  token_id uuid not null references token on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

create table login_failure (
  address text not null,
  at timestamptz not null default now()
);

create index login_failure_newest on login_failure (address, at);

-- No reference to session: audit entries survive it.
create table audit_entry (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  token_id uuid,
  actor text not null,
  address text,
  operation text not null,
  method text not null,
  path text not null,
  session_id uuid,
  session_name text,
  reason text,
  -- Null until the call has answered: the entry is written before the act.
  status integer,
  code text,
  request_id text not null
);

create index audit_entry_of_session on audit_entry (session_name, id);

create table idempotency_key (
  token_id uuid not null,
  key text not null,
  request text not null,
  body_sha256 text not null,
  status integer,
  headers jsonb,
  body text,
  created_at timestamptz not null default now(),
  primary key (token_id, key)
);

create index idempotency_key_by_age on idempotency_key (created_at);
