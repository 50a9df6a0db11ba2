-- airlock: revert = lossy
create table notes (
  id bigint generated always as identity primary key,
  author text not null,
  text text not null,
  written_at timestamptz not null default now()
);
