# The two commands of this repository. Each installs what this machine lacks (Debian packages,
# from tools/debian-packages), builds, and runs.
#
#   make demo    builds, adds the invented office of examples/, asks two questions, serves the page
#   make check   builds in every way that must pass, runs all tests and the checks of the tree
#
# Quick ones while working:  make build · make test · make format

.PHONY: demo check build test format clean
.DEFAULT_GOAL := demo

demo: build
	@tools/demo.sh

check:
	@tools/check.sh

build:
	@tools/packages.sh build
	@[ -f build/build.ninja ] || meson setup build --buildtype=release >/dev/null
	@ninja -C build --quiet

test: build
	@meson test -C build --print-errorlogs

format:
	@find src tests bench tools -name '*.[ch]' -print0 | xargs -0 clang-format -i

clean:
	@rm -rf build build-*
