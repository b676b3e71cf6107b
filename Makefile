# The commands of the project. `make` alone lists them.
SHELL := /bin/bash
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 60
FAULT_ROUNDS ?= 1000
SOURCES = git ls-files -co --exclude-standard -- '*.h' '*.hpp' '*.cc'

say = @printf '\n==> %s\n' "$(1)"
configure = @printf '\n==> configuring %s\n' "$(1)"; cmake --preset $(1)
compile = @printf '\n==> building %s\n' "$(1)"; cmake --build --preset $(1) -j $(JOBS)

.DEFAULT_GOAL := help
.PHONY: help run deps deps-build build test test-all test-lint test-program test-asan \
	fault fuzz tidy bench documents format format-check install clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

run: build ## build, then start a collector, an agent and a simulated fleet on this machine
	$(call say,starting the demonstration)
	@./tools/run

deps: ## install every package the project uses (Debian and npm)
	$(call say,packages to build and test with)
	@./tools/install-deps test

deps-build:
	$(call say,packages to build and run with)
	@./tools/install-deps build

build: deps-build ## the program, as build/candor
	$(call configure,dev)
	$(call compile,dev)

test: ## everything that must hold before a commit: lint, program, unit, golden, web, engine, end to end
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory test-lint
	@$(MAKE) --no-print-directory test-asan
	@$(MAKE) --no-print-directory test-program

test-lint:
	$(call say,lint)
	@ctest --preset lint
	@$(MAKE) --no-print-directory format-check

test-asan:
	$(call configure,asan)
	$(call compile,asan)
	$(call say,unit tests and fuzz corpora under ASan and UBSan)
	@ctest --preset asan

test-program:
	@cmake --build --preset dev --target candor_engine_test candor_states_test candor_load -j $(JOBS)
	$(call say,golden and web tests)
	@ctest --preset golden
	$(call say,engine and end-to-end tests)
	@ctest --preset e2e

test-all: test ## `make test`, then TSan, faults in number, fuzzing and clang-tidy
	$(call configure,tsan)
	$(call compile,tsan)
	$(call say,unit tests under TSan)
	@ctest --preset tsan
	$(call say,faults)
	@ctest --preset fault
	@$(MAKE) --no-print-directory fuzz tidy

fault: deps build ## kill the collector FAULT_ROUNDS (1000) times; stop, flood, fail and resend besides; an hour
	$(call say,faults in number)
	@FAULT_ROUNDS=$(FAULT_ROUNDS) ctest --preset fault -R '^fault_' --verbose

fuzz: ## run every fuzz target for FUZZ_SECONDS (60)
	$(call configure,fuzz)
	$(call compile,fuzz)
	@./tests/fuzz/run build-fuzz $(FUZZ_SECONDS)

tidy: ## clang-tidy over all of src/
	$(call configure,tidy)
	$(call say,clang-tidy)
	@git ls-files -co --exclude-standard -- 'src/*.cc' | \
		xargs -P $(JOBS) -n 4 clang-tidy -p build-tidy --quiet

bench: ## measure and write docs/benchmarks.md; a quick look: ONLY=P1,P3 PAIRS=2 SECONDS_EACH=3
	$(call say,packages to measure with)
	@./tools/install-deps bench
	$(call configure,dev)
	@cmake --build --preset dev --target candor candor_load candor_sdk candor_library_bench \
		candor_library_resident -j $(JOBS)
	$(call say,workloads; the machine should have nothing else to do)
	@CANDOR=build/candor node_modules/.bin/node bench/run.mjs

documents: build ## write the generated pages of docs/ again
	@build/candor docs cli > docs/cli.md
	@build/candor docs configuration > docs/configuration.md
	@for file in contracts/*.toml; do \
	  build/candor contract docs $$file > docs/contracts/$$(basename $$file .toml).md; done
	@build/candor contract generate sdk/test/acme.toml > sdk/test/acme.hpp
	@build/candor contract generate --lang c sdk/test/acme.toml > sdk/test/acme.h
	@for name in pipes answers; do build/candor contract generate sdk/examples/$$name/$$name.toml \
	  > sdk/examples/$$name/$$name.hpp; done

format: ## rewrite the sources with clang-format
	@$(SOURCES) | xargs -r clang-format -i

format-check: ## fail when a source is not as clang-format would write it
	$(call say,clang-format)
	@$(SOURCES) | xargs -r clang-format --dry-run --Werror

install: ## install what `make build` built, with units and contracts: PREFIX=/usr/local DESTDIR=
	@test -x build/candor || { echo 'build/candor is missing; run `make build` first' >&2; exit 1; }
	DESTDIR='$(DESTDIR)' cmake --install build --prefix '$(PREFIX)' --strip

clean: ## remove everything that was built; node_modules and run/ stay
	rm -rf build build-*/ web/dist
