-- 0003 event: what the UI streams, append-only. Ids are taken in commit order within a session.
create table event (
  id bigint generated always as identity primary key,
  session_id uuid not null references session on delete cascade,
  run_id uuid,
  type text not null,
  data jsonb not null default '{}',
  actor text,
  request_id text,
  at timestamptz not null default now()
);

create index event_of_session on event (session_id, id);
create index event_by_age on event (at);

create trigger event_is_immutable before update on event
  for each row execute function refuse_change();

-- Wakes the streams. The payload is the session, so that each stream reads only what is its own.
create function notify_event() returns trigger language plpgsql as $$
begin
  perform pg_notify('event', new.session_id::text);
  return null;
end $$;

create trigger event_is_announced after insert on event
  for each row execute function notify_event();

-- The lock is held until the transaction ends, so the next id of this session is not given before this one is seen.
create function append_event(
  of_session uuid, of_run uuid, of_type text, with_data jsonb, by_actor text, in_request text
) returns bigint language plpgsql as $$
declare
  event_id bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended(of_session::text, 1));
  insert into event (session_id, run_id, type, data, actor, request_id, at)
  values (of_session, of_run, of_type, with_data, by_actor, in_request, clock_timestamp())
  returning id into event_id;
  return event_id;
end $$;
