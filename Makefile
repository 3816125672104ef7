# `make demo` and `make test` are the only two commands a fresh machine with a Swift toolchain needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check lint tsan soak bench clean

help:
	@echo 'make demo   the table of the silent bug, next to the healthy one, and where it breaks'
	@echo 'make test   format, build, Swift tests, tests with real clients'
	@echo 'make tsan   the Swift tests under the thread sanitizer'
	@echo 'make soak   the object server killed 200 times, the edge 20 times, under a thousand sessions'
	@echo 'make lint   format and lint only'
	@echo 'make bench  what it costs, next to HAProxy and nginx; no worse than Tests/bench.json'

demo:
	@.ci/install build
	swift build -c release --product torpor
	@.ci/demo

test: check

check:
	@.ci/install build tests
	@.ci/check

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

tsan:
	@.ci/install build
	swift test --sanitize=thread --scratch-path .build-tsan

# The binary as it is shipped in the image: with the Swift runtime linked in.
bench:
	@.ci/install build bench
	swift build -c release --static-swift-stdlib --product torpor
	"$$(swift build -c release --static-swift-stdlib --product torpor --show-bin-path)/torpor" bench --baseline Tests/bench.json

soak:
	@.ci/install build tests
	swift build --product torpor
	TORPOR_KILLS=200 TORPOR="$$(swift build --product torpor --show-bin-path)/torpor" \
		.build-venv/bin/python -m pytest -p no:cacheprovider -q -rP Tests/Interop/test_survival.py

clean:
	rm -rf .build .build-tsan .build-venv .build-screens .build-demo runs
