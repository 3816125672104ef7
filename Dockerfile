# Torpor in one image: the edge, the object server, the probe and the analysis are one binary.
#   docker build -t torpor .
#   docker build --build-arg CONFIGURATION=debug --build-arg SWIFT_IMAGE=... --build-arg RUN_IMAGE=... .
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG RUN_IMAGE=debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
ARG CONFIGURATION=release
RUN apt-get update \
    && apt-get install -y --no-install-recommends libnghttp2-dev libsqlite3-dev libssl-dev pkg-config
WORKDIR /src
COPY Package.swift ./
RUN swift package resolve
COPY Sources ./Sources
COPY Tests ./Tests
# The Swift runtime is linked in, so the run image needs no toolchain.
RUN swift build -c ${CONFIGURATION} --static-swift-stdlib --product torpor \
    && install -D -m 0755 "$(swift build -c ${CONFIGURATION} --static-swift-stdlib --product torpor --show-bin-path)/torpor" /out/torpor

FROM ${RUN_IMAGE}
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl libnghttp2-14 libssl3 \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin torpor \
    && mkdir /traces && chown torpor /traces
COPY --from=build /out/torpor /usr/local/bin/torpor
COPY faults /faults
USER torpor
WORKDIR /traces
VOLUME /traces
EXPOSE 8080 7000
# The page comes from the object server, so a 200 means the whole path stands.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=5 \
    CMD curl -fsS -o /dev/null http://127.0.0.1:8080/ || exit 1
ENTRYPOINT ["torpor"]
CMD ["up", "--listen", "0.0.0.0:8080", "--trace", "/traces"]
