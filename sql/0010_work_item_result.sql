-- 0010 work_item_result: what an item found, for actions whose last step adds the findings up.
alter table work_item add column result text;
