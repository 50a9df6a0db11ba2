-- airlock: revert = free
create index notes_by_time on notes (written_at desc, id desc);
