-- airlock: revert = lossy
create table reservations (
  piece text not null,
  place integer not null check (place > 0),
  name text not null,
  primary key (piece, place)
);
