-- airlock: lossless-when = select not exists (select from notes where stamp is not null)
alter table notes drop column stamp;
