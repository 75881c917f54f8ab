-- 0009 log_limit: how many log lines a run has, so that the last one that is kept can say that it is the last.
alter table run add column log_lines integer not null default 0;

update run r set log_lines = (select count(*) from log_line l where l.run_id = r.id);
