drop index notes_by_time;
