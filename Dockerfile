# evalua in an image of a few megabytes: one file, linked with all it needs.
#
#   docker build --tag evalua .
#   docker run --rm --network host evalua serve --port 6379
#   docker run --rm --volume "$PWD:/scripts" evalua eval /scripts/limiter.lua user:1 , 5 60
FROM rust:1-bookworm AS build
WORKDIR /evalua
COPY . .
# With valgrind the functions that scripts need lie together, and a run takes less memory.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends valgrind
RUN cp "$(cargo xtask program | tail -n 1)" /usr/local/bin/evalua

FROM scratch
COPY --from=build /usr/local/bin/evalua /evalua
ENTRYPOINT ["/evalua"]
CMD ["--help"]
