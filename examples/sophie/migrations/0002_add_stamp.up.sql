-- airlock: revert = lossy
-- Nullable, so that the release before this one can go on writing notes without a stamp.
alter table notes add column stamp text;
