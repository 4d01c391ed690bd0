# The verbs of daily work; CMake presets do the building. Everything runs on a bare Debian 12.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build test test-torch test-aarch64 demo format check-format check-asan check tidy fuzz benchmark train clean

SOURCES = $(shell git ls-files '*.cpp' '*.hpp')

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install the packages that building and testing need
	@scripts/setup.sh

build: setup ## build build/release/modeseek
	@scripts/build.sh release

test: build ## build and run every test
	@ctest --preset release -j2

test-torch: setup ## the optional TorchScript priors: install libtorch (TORCH=apt or pip), build, test
	@scripts/test-torch.sh $(or $(TORCH),apt)

test-aarch64: setup ## cross-compile for 64-bit ARM and run the tests under QEMU
	@scripts/test-aarch64.sh

demo: build ## restore the photographs in demo/photos and write demo-out/report.html
	@demo/run.sh build/release/modeseek demo-out

format: setup ## lay out every C++ file
	@clang-format -i $(SOURCES)

check-format: setup ## fail when a C++ file is not laid out
	@clang-format --dry-run --Werror $(SOURCES) && echo "formatting: ok"

check-asan: setup ## run the tests under the address and undefined behaviour sanitizers
	@scripts/build.sh asan
	@ctest --preset asan -j2

check: check-format test check-asan ## what continuous integration runs, but for test-torch

tidy: setup ## clang-tidy over the library and the program
	@scripts/tidy.sh

fuzz: setup ## fuzz every reader of foreign text and files, SECONDS=60 each
	@scripts/fuzz.sh $(or $(SECONDS),60)

benchmark: setup ## speed of the engine (Google Benchmark)
	@scripts/build.sh release -DMODESEEK_BUILD_BENCHMARKS=ON
	@build/release/benchmarks/engine_benchmark

train: ## train a prior in MINUTES=100, on FOLDER=your images (docs/train-your-own.md)
	@scripts/train.sh $(or $(MINUTES),100) $(FOLDER)

clean: ## remove everything that was built; build/training, of make train, stays
	@rm -rf demo-out $(filter-out build/training,$(wildcard build/*))
