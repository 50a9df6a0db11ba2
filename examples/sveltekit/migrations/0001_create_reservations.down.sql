-- airlock: lossless-when = select not exists (select from reservations)
drop table reservations;
