/** The columns of `run r` as the API shows a run. */
export const runJson = `
  jsonb_build_object(
    'id', r.id, 'sessionId', r.session_id, 'action', r.action, 'state', r.state, 'params', r.params,
    'configVersion', r.config_version, 'retryOf', r.retry_of, 'requestedBy', r.requested_by, 'reason', r.reason,
    'workflow', r.workflow, 'result', r.result, 'error', r.error,
    'progress', case when r.last_progress_at is not null then jsonb_build_object(
      'percent', r.percent, 'done', r.done, 'total', r.total, 'unit', r.unit, 'message', r.message,
      'updatedAt', iso(r.last_progress_at)) end,
    'createdAt', iso(r.created_at), 'startedAt', iso(r.started_at), 'finishedAt', iso(r.finished_at),
    'updatedAt', iso(r.updated_at), 'lastProgressAt', iso(r.last_progress_at),
    'waitingFor', case
      when r.finished_at is not null then null
      when r.state = 'Paused' then jsonb_build_object('code', 'paused', 'since', iso(r.paused_at), 'detail', 'Paused by ' || r.paused_by)
      when r.waiting_for is not null and (r.claimed_until >= now() or r.state = 'Pending') then r.waiting_for
      when r.claim_epoch = 0 then jsonb_build_object('code', 'queued', 'since', iso(r.created_at),
        'detail', 'Waiting for the jobs process to take it')
      when r.claimed_until < now() then jsonb_build_object('code', 'no_worker', 'since', iso(r.claimed_until),
        'detail', 'The process that worked on it is gone; another takes over from its checkpoint')
      when r.state = 'Running' and coalesce(r.last_progress_at, r.started_at) < now() - interval '30 seconds' then
        jsonb_build_object('code', 'no_progress', 'since', iso(coalesce(r.last_progress_at, r.started_at)),
        'detail', 'Nothing has moved for more than 30 seconds; the logs say what it is doing')
    end)`
