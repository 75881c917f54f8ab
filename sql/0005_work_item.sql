-- 0005 work_item: the units of a heavy run, leased to workers through the API, so that scale, pause and stop are one row away.

-- Lease SQL asks this clock: the real one, unless a test database sets ma.now to replay a seed.
create function app_now() returns timestamptz language sql volatile
  return coalesce(nullif(current_setting('ma.now', true), '')::timestamptz, clock_timestamp());

alter table run
  -- Where a backfill is while its state is Running.
  add column phase text check (phase in ('Planning', 'Running', 'Verifying')),
  add column wanted_workers integer check (wanted_workers between 0 and 256),
  -- Batch size, concurrency and rates: they change while the run goes on.
  add column knobs jsonb,
  add column planned_at timestamptz,
  add column paused_at timestamptz,
  add column paused_by text,
  -- Seconds that the run was paused before now, left out of rates and estimates.
  add column paused_seconds double precision not null default 0,
  add column waiting_for jsonb;

create table work_item (
  run_id uuid not null references run on delete cascade,
  key text not null,
  index_name text not null,
  shard integer not null,
  spec jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'leased', 'done', 'failed')),
  priority integer not null default 0,
  bytes bigint not null,
  expected bigint,
  -- Rises with every lease. A holder of an older one writes nothing.
  epoch integer not null default 0,
  worker text,
  lease_expires_at timestamptz,
  not_before timestamptz,
  attempts integer not null default 0,
  cursor jsonb,
  written bigint not null default 0,
  rejected bigint not null default 0,
  skipped bigint not null default 0,
  source_bytes bigint not null default 0,
  error jsonb,
  updated_at timestamptz not null default now(),
  primary key (run_id, key),
  check ((state = 'leased') = (worker is not null)),
  check ((state = 'leased') = (lease_expires_at is not null))
);

-- What a lease looks for, in its order: the next that waits, or whose holder is gone.
create index work_item_next on work_item (run_id, priority, bytes desc, key) where state in ('waiting', 'leased');
create index work_item_held on work_item (run_id, worker) where state = 'leased';
create index work_item_by_index on work_item (run_id, index_name);

-- Sums of a run's items per index, kept by the same statement that changes an item: a status call adds up indexes, not items.
create table run_index (
  run_id uuid not null references run on delete cascade,
  name text not null,
  target_name text not null,
  shards integer not null,
  items bigint not null default 0,
  items_done bigint not null default 0,
  items_failed bigint not null default 0,
  items_uncounted bigint not null default 0,
  bytes_total bigint not null default 0,
  bytes_done bigint not null default 0,
  expected bigint not null default 0,
  written bigint not null default 0,
  rejected bigint not null default 0,
  skipped bigint not null default 0,
  -- Documents that the target held before this run.
  existing bigint,
  target_count bigint,
  target_observed_at timestamptz,
  target_error text,
  primary key (run_id, name)
);

create function sum_work_items() returns trigger language plpgsql as $$
begin
  update run_index i
  set items = i.items + d.items, items_done = i.items_done + d.done, items_failed = i.items_failed + d.failed,
      items_uncounted = i.items_uncounted + d.uncounted,
      bytes_total = i.bytes_total + d.bytes, bytes_done = i.bytes_done + d.bytes_done,
      expected = i.expected + d.expected, written = i.written + d.written, rejected = i.rejected + d.rejected,
      skipped = i.skipped + d.skipped
  from (
    select run_id, index_name,
      sum(sign) as items,
      coalesce(sum(sign) filter (where state = 'done'), 0) as done,
      coalesce(sum(sign) filter (where state = 'failed'), 0) as failed,
      coalesce(sum(sign) filter (where expected is null), 0) as uncounted,
      sum(sign * bytes) as bytes,
      sum(sign * case when state = 'done' then bytes
        when expected > 0 then trunc(bytes * least(1.0, (written + rejected + skipped)::numeric / expected)) else 0 end) as bytes_done,
      sum(sign * coalesce(expected, 0)) as expected, sum(sign * written) as written, sum(sign * rejected) as rejected,
      sum(sign * skipped) as skipped
    from (select 1 as sign, n.* from new_rows n union all select -1, o.* from old_rows o) change
    group by run_id, index_name
    order by run_id, index_name
  ) d
  where i.run_id = d.run_id and i.name = d.index_name;
  return null;
end $$;

create function sum_new_work_items() returns trigger language plpgsql as $$
begin
  update run_index i
  set items = i.items + d.items, items_uncounted = i.items_uncounted + d.uncounted,
      bytes_total = i.bytes_total + d.bytes, expected = i.expected + d.expected,
      items_done = i.items_done + d.done, written = i.written + d.written, rejected = i.rejected + d.rejected,
      skipped = i.skipped + d.skipped, bytes_done = i.bytes_done + d.bytes_done
  from (
    select run_id, index_name, count(*) as items, count(*) filter (where expected is null) as uncounted,
      sum(bytes) as bytes, sum(coalesce(expected, 0)) as expected,
      count(*) filter (where state = 'done') as done, sum(written) as written, sum(rejected) as rejected,
      sum(skipped) as skipped, coalesce(sum(bytes) filter (where state = 'done'), 0) as bytes_done
    from new_rows group by run_id, index_name order by run_id, index_name
  ) d
  where i.run_id = d.run_id and i.name = d.index_name;
  return null;
end $$;

create trigger work_items_are_summed after update on work_item
  referencing old table as old_rows new table as new_rows
  for each statement execute function sum_work_items();

create trigger new_work_items_are_summed after insert on work_item
  referencing new table as new_rows
  for each statement execute function sum_new_work_items();

-- Who works on a run: what each told last, and which of its batches was taken last.
create table run_worker (
  run_id uuid not null references run on delete cascade,
  worker text not null,
  report_number integer not null default 0,
  state jsonb,
  started_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (run_id, worker)
);

-- Rates are read from samples: sums at a moment, one every few seconds while a run goes on.
create table run_sample (
  run_id uuid not null references run on delete cascade,
  at timestamptz not null,
  documents bigint not null,
  bytes bigint not null,
  primary key (run_id, at)
);
