-- 0001 session: one migration each, with its immutable config versions, sealed secrets and connection checks.
-- ISO 8601 in UTC, as every moment leaves the database.
create function iso(moment timestamptz) returns text language sql immutable
  return to_char(moment at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

create table session (
  id uuid primary key default gen_random_uuid(),
  name text not null unique
    check (name ~ '^[A-Za-z0-9]([A-Za-z0-9_-]{0,48}[A-Za-z0-9])?$')
    check (name !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'),
  description text not null default '',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz
);

create index session_newest on session (created_at desc, id desc);

create table config_version (
  session_id uuid not null references session on delete cascade,
  version integer not null check (version > 0),
  document jsonb not null check (jsonb_typeof(document) = 'object'),
  valid boolean not null,
  errors jsonb not null default '[]',
  author text not null,
  created_at timestamptz not null default now(),
  primary key (session_id, version)
);

-- A config version never changes: every run keeps the one it used.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is never changed', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;

create trigger config_version_is_immutable before update on config_version
  for each row execute function refuse_change();

create table secret (
  session_id uuid not null references session on delete cascade,
  name text not null,
  key_id text not null,
  iv bytea not null,
  sealed bytea not null,
  -- What the secret may be used for, from its first use on: origin, CA and TLS verification.
  bound_origin text,
  bound_ca_sha256 text,
  bound_insecure boolean,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (session_id, name)
);

create table connection_check (
  id bigint generated always as identity primary key,
  session_id uuid not null references session on delete cascade,
  role text not null check (role in ('source', 'target')),
  -- The cluster as it was configured when it was tested: an older answer says nothing of a newer endpoint.
  config_version integer not null,
  result jsonb not null,
  created_at timestamptz not null default now()
);

create index connection_check_newest on connection_check (session_id, role, id desc);
