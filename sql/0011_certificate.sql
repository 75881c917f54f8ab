-- 0011 certificate: what a full comparison proved, one after another in a session, each naming the one before.
create table certificate (
  session_id uuid not null references session on delete cascade,
  -- In order of issue, from 1 without a gap, because each holds the hash of the one before.
  sequence integer not null check (sequence > 0),
  run_id uuid not null unique references run on delete cascade,
  -- Of the canonical form of the certificate, without its signature.
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  document jsonb not null,
  created_at timestamptz not null default now(),
  primary key (session_id, sequence)
);
