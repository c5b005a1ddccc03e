# Runde: `make help` lists what can be done.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

V ?= release
OUT := build/$(V)

# One set of warnings for all our code; the hardening follows the OpenSSF guide as far as gcc 12 knows it.
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wconversion -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wimplicit-fallthrough -Wtrampolines -Wbidi-chars=any -Wvla -Wno-missing-field-initializers
HARDENING := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-clash-protection -fstack-protector-strong \
	-fcf-protection=full -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing \
	-ftrivial-auto-var-init=zero -fPIE
CFLAGS_release  := -O2 -g $(HARDENING)
LDFLAGS_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
CFLAGS_asan     := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDFLAGS_asan    := -fsanitize=address,undefined
CFLAGS_fuzz     := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined -Wno-unknown-warning-option
LDFLAGS_fuzz    := -fsanitize=fuzzer,address,undefined
CC := $(if $(filter fuzz,$(V)),clang-14,gcc)

LANGUAGE := -std=gnu17 -D_GNU_SOURCE -I. -I$(OUT)/gen -I/usr/include/postgresql
CFLAGS := $(LANGUAGE) $(WARNINGS) $(CFLAGS_$(V))
KORE_CFLAGS := -isystem $(OUT)/kore/include -isystem $(OUT)/kore/include/kore -DKORE_NO_HTTP -DKORE_SINGLE_BINARY
LIBS := -ljansson -lpq -lsodium -lz -lpcre2-8 -lxxhash -lical -lqrencode -lidn2 -lcrypto
KORE_LIBS := -rdynamic -lssl -lcrypto -ldl
GMIME_LIBS := $(shell pkg-config --libs gmime-3.0)
GMIME_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags gmime-3.0))

CORE_OBJECTS  := $(patsubst %.c,$(OUT)/%.o,$(wildcard core/*.c))
API_OBJECTS   := $(patsubst %.c,$(OUT)/%.o,$(wildcard api/*.c)) $(OUT)/api/assets.o $(OUT)/gen/api_sql.o
ADMIN_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(wildcard admin/*.c)) $(OUT)/gen/admin_sql.o $(OUT)/gen/migrations.o
WORKER_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(wildcard workers/*.c)) $(OUT)/gen/workers_sql.o $(OUT)/gen/templates.o
KORE_OBJECTS   = $(wildcard $(OUT)/kore/obj/*.o)
PROGRAMS      := $(OUT)/runde-api $(OUT)/runde $(OUT)/runde-worker

.PHONY: help run start stop build test lint bench fuzz places jobs e2e format clean unit-tests bench-tools fuzzers flags
help: ## this list
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## install, build, bring everything up and print calls to try; Ctrl-C stops it
	@admin/install.sh run
	@$(MAKE) --no-print-directory build
	@admin/run.sh run

start: ## the same in the background, waiting until it is ready
	@admin/install.sh run
	@$(MAKE) --no-print-directory build
	@admin/run.sh start

stop: ## stop what `make start` started
	@admin/run.sh stop

build: $(PROGRAMS) ## compile the programs into build/release

test: ## everything that proves it: lint, unit tests, API tests under sanitizers, a little fuzzing
	@admin/install.sh test
	@tests/run.sh

lint: ## format, warnings, clang-tidy, cppcheck, shellcheck, layering, banned functions, OpenAPI
	@admin/install.sh test
	@tests/lint.sh

bench: ## compare with pgbench, Fastify and graphile-worker in one run; prints ratios
	@admin/install.sh bench
	@$(MAKE) --no-print-directory build
	@tests/bench/run.sh

fuzz: ## fuzz the reader, the schema validator and rules; SECONDS_EACH=600
	@admin/install.sh test
	@tests/fuzz/run.sh

places: ## load places, kill what serves them, count what is wrong; OPERATIONS=20000 KILLS=10
	@admin/install.sh test
	@$(MAKE) --no-print-directory build
	@V=release /usr/bin/python3 -m tests.places

jobs: ## add jobs, kill who does them and where they are, count what is wrong; KILLS=100 CRASHES=20
	@admin/install.sh test
	@$(MAKE) --no-print-directory build
	@V=release /usr/bin/python3 -m tests.jobs

e2e: ## build the images, run them, and let real calendar clients read feeds; as root
	@admin/install.sh e2e
	@tests/e2e/run.sh

format: ## put the C code into its form
	@clang-format -i $(wildcard core/*.[ch] api/*.[ch] admin/*.[ch] workers/*.[ch] tests/unit/*.[ch] tests/fuzz/*.c)

clean: ## forget everything that was built
	rm -rf build

# Kore, built from its packaged sources with our flags and without its own HTTP.
$(OUT)/kore/done:
	@echo "  kore        $(V)"
	@rm -rf $(OUT)/kore && mkdir -p $(OUT)/kore
	@cp -r /usr/share/kore/. $(OUT)/kore/
	@$(MAKE) -s -C $(OUT)/kore objects NOHTTP=1 KORE_SINGLE_BINARY=1 OBJDIR=obj CC=gcc \
		CFLAGS='-std=gnu99 -w -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DKORE_SINGLE_BINARY -DKORE_NO_HTTP \
		-DPREFIX="\"/usr\"" -Iinclude/kore -Iobj $(CFLAGS_$(V))' \
		>$(OUT)/kore/log 2>&1 || { tail -20 $(OUT)/kore/log; exit 1; }
	@touch $@

# Statements and migrations out of .sql files.
SQL := core/statements.awk
$(OUT)/gen/%_sql.h: $(SQL)
	@mkdir -p $(@D)
	@LC_ALL=C awk -v part=h -v prefix=SQL -f $(SQL) $(sort $(wildcard $*/sql/*.sql)) >$@
$(OUT)/gen/%_sql.c: $(SQL) $(OUT)/gen/%_sql.h
	@LC_ALL=C awk -v part=c -v prefix=SQL -v header=$*_sql.h -f $(SQL) $(sort $(wildcard $*/sql/*.sql)) >$@
# The folders themselves, so that a file that goes is noticed too.
$(OUT)/gen/api_sql.h: api/sql $(wildcard api/sql/*.sql)
$(OUT)/gen/admin_sql.h: admin/sql $(wildcard admin/sql/*.sql)
$(OUT)/gen/workers_sql.h: workers/sql $(wildcard workers/sql/*.sql)
$(OUT)/gen/templates.c: workers/templates.awk workers/templates $(wildcard workers/templates/*.txt)
	@mkdir -p $(@D)
	@LC_ALL=C awk -f workers/templates.awk $(sort $(wildcard workers/templates/*.txt)) >$@
$(OUT)/gen/migrations.c: admin/migrations.awk migrations $(wildcard migrations/*.sql)
	@mkdir -p $(@D)
	@LC_ALL=C awk -f admin/migrations.awk $(sort $(wildcard migrations/*.sql)) >$@

# The style of pages, with its hash for their policy.
$(OUT)/gen/pages_style.h: api/style.py api/pages.css
	@mkdir -p $(@D)
	@/usr/bin/python3 $^ >$@

# The contract, bundled.
$(OUT)/openapi/openapi.json: $(wildcard openapi/*.yaml openapi/*.py openapi/*.css)
	@echo "  contract    $(V)"
	@mkdir -p $(@D)
	@/usr/bin/python3 openapi/bundle.py $(@D)
$(OUT)/api/assets.o: api/assets.S $(OUT)/openapi/openapi.json
	@mkdir -p $(@D)
	@gcc $(CFLAGS_$(V)) -c -Wa,-I$(OUT)/openapi -o $@ $<

NAMES_KORE := $(patsubst %,$(OUT)/api/%.o,main edge loop socket)
$(NAMES_KORE): CFLAGS += $(KORE_CFLAGS)
$(NAMES_KORE): $(OUT)/kore/done
$(OUT)/workers/letter.o $(OUT)/admin/dsn.o: CFLAGS += $(GMIME_CFLAGS)

$(OUT)/%.o: %.c
	@echo "  cc          $<"
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(OUT)/gen/%.o: $(OUT)/gen/%.c
	@$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(API_OBJECTS): | $(OUT)/gen/api_sql.h $(OUT)/gen/pages_style.h
$(ADMIN_OBJECTS): | $(OUT)/gen/admin_sql.h
$(WORKER_OBJECTS): | $(OUT)/gen/workers_sql.h

$(OUT)/runde-api: $(CORE_OBJECTS) $(API_OBJECTS) $(OUT)/kore/done
	@echo "  link        $@"
	@gcc $(LDFLAGS_$(V)) -o $@ $(CORE_OBJECTS) $(API_OBJECTS) $(KORE_OBJECTS) $(LIBS) $(KORE_LIBS)
$(OUT)/runde: $(CORE_OBJECTS) $(ADMIN_OBJECTS)
	@echo "  link        $@"
	@gcc $(LDFLAGS_$(V)) -o $@ $(CORE_OBJECTS) $(ADMIN_OBJECTS) $(LIBS) $(GMIME_LIBS)
$(OUT)/runde-worker: $(CORE_OBJECTS) $(WORKER_OBJECTS)
	@echo "  link        $@"
	@gcc $(LDFLAGS_$(V)) -o $@ $(CORE_OBJECTS) $(WORKER_OBJECTS) $(LIBS) $(GMIME_LIBS) -lcurl

# What unit tests and fuzzers link: all but what names Kore, and of that only what they call of it.
LETTER_OBJECTS := $(patsubst %,$(OUT)/workers/%.o,html letter)
POST_OBJECTS := $(OUT)/workers/outside.o $(OUT)/workers/post.o
$(OUT)/parts.a: $(filter-out $(NAMES_KORE) $(OUT)/api/assets.o,$(CORE_OBJECTS) $(API_OBJECTS)) $(LETTER_OBJECTS) $(POST_OBJECTS)
	@rm -f $@
	@ar rcs $@ $^

# V=asan: every tests/unit/test_*.c is a program of its own.
UNIT_TESTS := $(patsubst %.c,$(OUT)/%,$(wildcard tests/unit/test_*.c))
unit-tests: $(UNIT_TESTS)
$(OUT)/tests/unit/test_post: LIBS += -lcurl
$(UNIT_TESTS): $(OUT)/%: $(OUT)/%.o $(OUT)/parts.a
	@$(CC) $(LDFLAGS_$(V)) -o $@ $^ $(LIBS) -lcmocka

# V=asan: what tests/recurrence compares with another engine, what seals contacts for tests/workers, and how libical reads
# calendars for tests/calendars.
TOOLS := $(patsubst %,$(OUT)/tests/%,recurrence/expand workers/seal workers/letter calendars/oracle/libical)
$(OUT)/tests/workers/letter: LIBS += $(GMIME_LIBS)
unit-tests: $(TOOLS)
$(TOOLS): %: %.o $(OUT)/parts.a
	@$(CC) $(LDFLAGS_$(V)) -o $@ $^ $(LIBS)

# V=release: what tests/bench sends mails with beside our own, and what seals contacts for it.
BENCH_TOOLS := $(OUT)/tests/bench/curl_loop $(OUT)/tests/workers/seal
bench-tools: $(BENCH_TOOLS)
$(OUT)/tests/bench/curl_loop: $(OUT)/tests/bench/curl_loop.o $(OUT)/parts.a
	@$(CC) $(LDFLAGS_$(V)) -o $@ $^ $(LIBS) -lcurl

# V=fuzz: every tests/fuzz/fuzz_*.c, by clang with libFuzzer.
FUZZERS := $(patsubst %.c,$(OUT)/%,$(wildcard tests/fuzz/fuzz_*.c))
fuzzers: $(FUZZERS)
$(FUZZERS): $(OUT)/%: $(OUT)/%.o $(OUT)/parts.a
	@$(CC) $(LDFLAGS_$(V)) -o $@ $^ $(LIBS)

# What clang-tidy has to know of the compiler's flags.
flags:
	@echo $(LANGUAGE) $(KORE_CFLAGS) $(GMIME_CFLAGS)

-include $(shell find build -name '*.d' 2>/dev/null)
