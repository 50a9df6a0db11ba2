-- airlock: lossless-when = select not exists (select from reservations)
alter table reservations drop column made_at;
