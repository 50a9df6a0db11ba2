-- airlock: revert = lossy
-- With a default, so that the release before this one can go on reserving.
alter table reservations add column made_at timestamptz not null default now();
