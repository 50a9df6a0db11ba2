-- airlock: lossless-when = select not exists (select from notes)
drop table notes;
