# A thin front over Meson: what each target really does is one or two commands.
.DEFAULT_GOAL := all
.PHONY: all demo web test bench lint fmt fuzz install clean

# Seconds for each fuzz target of `make fuzz`.
TIME ?= 60

all: build/build.ninja
	@ninja -C build

build/build.ninja:
	@meson setup -Dtests=false build

demo:
	@scripts/bootstrap build
	@$(MAKE) --no-print-directory all
	@build/lamna demo

# The page of `lamna web`, and then lamna with it.
web:
	@scripts/bootstrap build
	@scripts/bootstrap web
	@scripts/build-web
	@$(MAKE) --no-print-directory all

test:
	@scripts/bootstrap test
	@scripts/run-tests

bench: all
	@bench/run
	@bench/growth

lint: all
	@scripts/lint

fmt:
	@find src include tests examples bench -name '*.[ch]' -exec clang-format -i {} +

fuzz:
	@scripts/bootstrap test
	@scripts/fuzz $(TIME)

install: all
	@meson install -C build --no-rebuild

clean:
	@rm -rf build build-asan web/dist web/node_modules
