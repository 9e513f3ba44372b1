# docker build -t chairside .
# docker run -p 8080:8080 -v chairside:/data chairside
#
# The system's libpq instead of the bundled one, because that one speaks no TLS to PostgreSQL.

ARG RUST=1.95
FROM rust:${RUST}-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpq-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build

# The dependencies alone, over an empty program: this layer is built again only when Cargo.lock changes.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
RUN mkdir src benches \
 && touch src/lib.rs benches/clinic.rs \
 && echo 'fn main() {}' > src/main.rs \
 && cargo build --release --locked --no-default-features

# `touch`, or cargo takes the empty program for the newer one.
COPY config config
COPY migrations migrations
COPY src src
RUN touch src/lib.rs src/main.rs \
 && cargo build --release --locked --no-default-features --bin chairside

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libpq5 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin chairside \
 && install -d -o chairside -g chairside -m 0700 /data
COPY LICENSE /usr/share/doc/chairside/LICENSE
COPY --from=build /build/target/release/chairside /usr/local/bin/chairside

# A chairside.toml in /data is read. For PostgreSQL set DATABASE_URL=postgres://…?sslmode=verify-full
ENV CHAIRSIDE_SERVER__LISTEN=0.0.0.0:8080 \
    CHAIRSIDE_SECRETS__KEY_FILE=/data/chairside.key \
    DATABASE_URL=sqlite:/data/chairside.db
WORKDIR /data
VOLUME /data
EXPOSE 8080
USER chairside
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["chairside", "health"]
ENTRYPOINT ["chairside"]
CMD ["serve"]
