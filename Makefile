# pdlab - Persistent Decode Lab. `make help` lists what there is to do.
#
#     make V=1 ...             shows the commands
#     make BUILD=build/x ...   builds somewhere else
#     make CC=clang CFLAGS=-O3 ...

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
CFLAGS  ?= -O2 -g

# As many jobs as there are cores, unless -j says otherwise.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += --no-print-directory -j$(shell nproc 2>/dev/null || echo 2)
endif
Q := $(if $(filter 1,$(V)),,@)

# ---- what is built of what -----------------------------------------------------------------------

KERNELS := $(wildcard kernels/*.c kernels/cpu/*.c kernels/plan/*.c) kernels/triton/kernels.c
CUDA    := $(wildcard kernels/cuda/*.cu)
CUDA_HOST := $(wildcard kernels/cuda/*.c) \
             $(filter-out $(KERNELS),$(wildcard kernels/triton/*.c))
ENGINE  := $(wildcard src/*/*.c)
FRONT   := $(filter-out ui/main.c,$(wildcard ui/*.c ui/*/*.c))
PRESETS := $(sort $(wildcard presets/*.json presets/*.tsv presets/demos/*.json presets/recordings/*.json presets/recordings/*/*.json))
TRITON  := $(sort $(wildcard kernels/triton/aot/*.ptx kernels/triton/aot/*.cubin))
UNITS   := $(wildcard tests/unit/*.c)
TSAN    := $(wildcard tests/tsan/*.c)
BENCHES := $(wildcard tests/bench/bench_*.c)
BENCH_HELPERS := $(filter-out $(BENCHES),$(wildcard tests/bench/*.c))
FUZZERS := $(wildcard tests/fuzz/*.c)

# Units that need no front end, all that include nothing of ui/, and those that do.
ENGINE_UNITS := $(if $(UNITS),$(shell grep -L -e '"../../ui/' -e '"idle_explorer.h"' $(UNITS)))
FRONT_UNITS  := $(filter-out $(ENGINE_UNITS),$(UNITS))

# Their objects, of C and of CUDA.
object   = $(patsubst %.cu,$(BUILD)/%.o,$(patsubst %.c,$(BUILD)/%.o,$(1)))
programs = $(patsubst %.c,$(BUILD)/%,$(notdir $(1)))

FRONT_OBJECTS  := $(call object,$(FRONT))
ENGINE_OBJECTS := $(call object,$(KERNELS) $(ENGINE)) $(BUILD)/embedded.o $(BUILD)/triton.o
SOURCES := $(KERNELS) $(ENGINE) $(FRONT) ui/main.c $(UNITS) $(TSAN) $(BENCHES) $(BENCH_HELPERS) \
           $(FUZZERS) tests/screens/tgkill.c tests/screens/pty.c tests/gpu/storm.c

# What tests/arrows.awk ranks by folder.
LAYERED := $(sort $(foreach folder,kernels src ui,$(wildcard $(foreach ending,c h def cu cuh,\
             $(folder)/*.$(ending) $(folder)/*/*.$(ending)))))

# ---- how -----------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wwrite-strings -Wvla -Wformat=2 -Werror
CJSON_CFLAGS  := $(shell pkg-config --cflags libcjson 2>/dev/null)
CJSON_LIBS    := $(shell pkg-config --libs libcjson 2>/dev/null || echo -lcjson)
CURSES_CFLAGS := $(shell pkg-config --cflags ncursesw 2>/dev/null)
CURSES_LIBS   := $(shell pkg-config --libs ncursesw 2>/dev/null || echo -lncursesw -ltinfo)

# SANITIZE: flags for compiling and linking, for make asan, tsan and fuzz.
COMPILE = $(CC) -std=gnu11 -D_GNU_SOURCE $(CPPFLAGS) $(CJSON_CFLAGS) $(DEFINES) \
          $(CFLAGS) $(SANITIZE) $(WARNINGS) -MMD -MP
LINK    = $(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $(RPATH)
LIBS    = $(CJSON_LIBS) $(CUDA_LIBS) -lpthread -lm $(LDLIBS)

# nvcc: the first of $CUDA_HOME, PATH and /usr/local/cuda. NVCC= builds without. Shipped are PTX for 8.0
# and 9.0, which the driver compiles for whatever GPU it finds, and machine code for Hopper. The
# runtime is linked in, and loads the driver itself, so that the program starts where there is none;
# what nvcc makes of a file needs no C++ library.
ifneq ($(CUDA),)
NVCC := $(firstword $(wildcard $(addsuffix /nvcc,$(CUDA_HOME:%=%/bin) $(subst :, ,$(PATH)) \
          /usr/local/cuda/bin)))
ifneq ($(NVCC),)
CUDA_ROOT  := $(NVCC:%/bin/nvcc=%)
NVCC_FLAGS := -std=c++20 -O2 -compress-mode=size -Werror all-warnings \
              -Xcompiler -Wall,-Wextra,-Werror,-fno-exceptions,-fno-rtti,-fno-threadsafe-statics
NVCC_ARCHS := -gencode arch=compute_80,code=compute_80 -gencode arch=compute_90,code=compute_90 \
              -gencode arch=compute_90a,code=sm_90a
CUDA_LIBS  := -L$(CUDA_ROOT)/lib64 -lcudart_static -ldl -lrt
DEFINES    := -DPDLAB_CUDA -isystem $(CUDA_ROOT)/include -isystem $(CUDA_ROOT)/extras/CUPTI/include
SOURCES    += $(CUDA_HOST)
ENGINE_OBJECTS += $(call object,$(CUDA) $(CUDA_HOST))
else
ENGINE_OBJECTS += $(BUILD)/absent.o
endif
endif

all: $(BUILD)/pdlab ## builds build/pdlab

# build/bundle holds the same programs, which look for libraries beside themselves, and so do those.
$(BUILD)/bundle/%: RPATH := -s -Wl,--disable-new-dtags,-rpath,'$$ORIGIN/lib'

$(BUILD)/pdlab $(BUILD)/bundle/pdlab: $(call object,ui/main.c) $(FRONT_OBJECTS) $(BUILD)/libpdlab.a
	@mkdir -p $(@D)
	@echo "  LD   $@"
	$(Q)$(LINK) -o $@ $^ $(CURSES_LIBS) $(LIBS)

$(BUILD)/libpdlab.a: $(ENGINE_OBJECTS)
	$(if $(CUDA),$(if $(NVCC),,@echo "  no nvcc in CUDA_HOME, PATH or /usr/local/cuda: without the CUDA variants"))
	@echo "  AR   $@"
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/units $(BUILD)/bundle/units: $(call object,$(UNITS)) $(FRONT_OBJECTS) $(BUILD)/libpdlab.a
	@mkdir -p $(@D)
	@echo "  LD   $@"
	$(Q)$(LINK) -o $@ $^ $(CURSES_LIBS) -lcriterion $(LIBS)

$(BUILD)/front-units: $(call object,$(FRONT_UNITS)) $(FRONT_OBJECTS) $(BUILD)/libpdlab.a
	@echo "  LD   $@"
	$(Q)$(LINK) -o $@ $^ $(CURSES_LIBS) -lcriterion $(LIBS)

$(BUILD)/engine-units: $(call object,$(ENGINE_UNITS)) $(BUILD)/libpdlab.a
	@echo "  LD   $@"
	$(Q)$(LINK) -o $@ $^ -lcriterion $(LIBS)

$(BUILD)/races: $(call object,$(TSAN)) $(BUILD)/libpdlab.a
	@echo "  LD   $@"
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(BUILD)/tgkill $(BUILD)/pty: $(BUILD)/%: $(BUILD)/tests/screens/%.o
	@echo "  LD   $@"
	$(Q)$(LINK) -o $@ $^

BENCH_OBJECTS := $(call object,$(BENCH_HELPERS)) $(FRONT_OBJECTS) $(BUILD)/libpdlab.a
$(call programs,$(BENCHES)): $(BUILD)/%: $(BUILD)/tests/bench/%.o $(BENCH_OBJECTS)
	@echo "  LD   $@"
	$(Q)$(LINK) -o $@ $^ $(CURSES_LIBS) -lvterm -lutil $(LIBS)

$(patsubst tests/bench/%.c,$(BUILD)/bundle/%,$(BENCHES)): $(BUILD)/bundle/%: \
    $(BUILD)/tests/bench/%.o $(BENCH_OBJECTS)
	@mkdir -p $(@D)
	@echo "  LD   $@"
	$(Q)$(LINK) -o $@ $^ $(CURSES_LIBS) -lvterm -lutil $(LIBS)

$(BUILD)/bundle/barrier: $(BUILD)/tests/gpu/barrier.o
	@mkdir -p $(@D)
	@echo "  LD   $@"
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(BUILD)/bundle/storm: $(BUILD)/tests/gpu/storm.o $(BUILD)/libpdlab.a
	@mkdir -p $(@D)
	@echo "  LD   $@"
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(call programs,$(FUZZERS)): $(BUILD)/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/ui/terminal/decoder.o \
    $(BUILD)/libpdlab.a
	@echo "  LD   $@"
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $^ $(LIBS)

# Private: what a target adds is not its prerequisites', of which $(BUILD)/flags is one.
$(BUILD)/ui/%.o $(BUILD)/tests/%.o: private DEFINES += $(CURSES_CFLAGS)

# What the CUDA variants are, where none can be built.
$(BUILD)/absent.c: kernels/absent.awk $(wildcard kernels/*/*.h) $(CUDA) $(CUDA_HOST)
	@mkdir -p $(@D)
	@echo "  AWK  $@"
	$(Q)awk -f kernels/absent.awk $(wildcard kernels/*/*.h) $(CUDA) $(CUDA_HOST) > $@

$(BUILD)/absent.o: $(BUILD)/absent.c $(BUILD)/flags
	@echo "  CC   $<"
	$(Q)$(COMPILE) -I. -c -o $@ $<

STAMPED := $(BUILD)/src/base/version.o
$(STAMPED): private DEFINES += -DPDLAB_VERSION='"$(VERSION)"' -DPDLAB_GIT_REVISION='"$(GIT_REVISION)"' \
                               -DPDLAB_DATE='"$(GIT_DATE)"'
$(STAMPED): $(BUILD)/revision

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(COMPILE) -c -o $@ $<

# Beside the object: what nvcc spent its time on, and the PTX that the object holds, for make ptx.
$(BUILD)/%.o: %.cu $(BUILD)/flags
	@mkdir -p $(@:.o=.keep)
	@echo "  NVCC $<"
	@rm -f $(@:.o=.csv)
	$(Q)$(NVCC) $(NVCC_FLAGS) $(NVCC_ARCHS) -time $(@:.o=.csv) -MMD -MP -MF $(@:.o=.d) \
	  --keep --keep-dir $(@:.o=.keep) -c -o $@ $<
	$(Q)for arch in 80 90; do \
	  mv $(@:.o=.keep)/$(*F).compute_$$arch.ptx $(@:.o=).$$arch.ptx || exit 1; done
	@rm -rf $(@:.o=.keep)

PTX := $(foreach arch,80 90,$(CUDA:%.cu=$(BUILD)/%.$(arch).ptx))

# Files that the binary carries: their bytes, and a table of their paths. presets/ in embedded_files,
# what Triton compiled in triton_files.
$(BUILD)/embedded.S: $(PRESETS) $(BUILD)/presets
$(BUILD)/triton.S:   $(TRITON) $(BUILD)/aot
$(BUILD)/embedded.S: CARRIED = embedded_files presets/ $(PRESETS)
$(BUILD)/triton.S:   CARRIED = triton_files kernels/triton/aot/ $(TRITON)
$(BUILD)/embedded.S $(BUILD)/triton.S:
	@{ set -- $(CARRIED); table=$$1 folder=$$2; shift 2; n=0; echo '    .section .rodata'; \
	   for f; do \
	     echo "name$$n: .asciz \"$${f#$$folder}\""; \
	     echo "    .balign 16"; \
	     echo "file$$n: .incbin \"$$f\""; echo "end$$n: .byte 0"; n=$$((n+1)); done; \
	   echo '    .section .data.rel.ro,"aw"'; echo '    .balign 8'; \
	   echo "    .globl $$table"; echo "$$table:"; \
	   i=0; while [ $$i -lt $$n ]; do echo "    .quad name$$i, file$$i, end$$i"; i=$$((i+1)); done; \
	   echo '    .quad 0, 0, 0'; echo '    .section .note.GNU-stack,"",%progbits'; } > $@

$(BUILD)/embedded.o $(BUILD)/triton.o: %.o: %.S
	@echo "  AS   $<"
	$(Q)$(CC) -c -o $@ $<

# Files that hold what a build depends on and no source file shows. They change only when it does.
GIT_REVISION := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
GIT_DATE     := $(shell git show -s --format=%cs HEAD 2>/dev/null)
$(BUILD)/flags:    REMEMBERED = $(COMPILE) $(CURSES_CFLAGS) $(NVCC) $(NVCC_FLAGS) $(NVCC_ARCHS)
$(BUILD)/revision: REMEMBERED = $(VERSION) $(GIT_REVISION)
$(BUILD)/presets:  REMEMBERED = $(PRESETS)
$(BUILD)/aot:      REMEMBERED = $(TRITON)
$(BUILD)/flags $(BUILD)/revision $(BUILD)/presets $(BUILD)/aot: FORCE
	@mkdir -p $(@D)
	@echo '$(REMEMBERED)' | cmp -s - $@ || echo '$(REMEMBERED)' > $@

# ---- what people type ----------------------------------------------------------------------------

# Only the explorer, or the report, goes to standard output.
run: ## installs what is missing, builds, and starts the explorer (ARGS="replay FILE")
	@.ci/need run >&2
	@$(MAKE) all >&2
	@$(BUILD)/pdlab $(ARGS)

test: ## the units, the command line and the screens
	@.ci/need test >&2
	@rm -f $(BUILD)/tested
	@$(MAKE) $(BUILD)/tested

# All three run, whatever the others say. The screens and the command line mostly wait, so they do it
# together. The command line takes longest: the units follow the screens beside it, and what both said
# is printed behind. Criterion's synthesis comes last.
$(BUILD)/tested: $(BUILD)/pdlab $(BUILD)/units $(BUILD)/tgkill $(BUILD)/pty \
                 $(shell find tests/cli tests/screens -type f 2>/dev/null)
	@status=0; \
	{ tests/screens/run.sh $(BUILD)/pdlab; screens=$$?; $(BUILD)/units && exit $$screens; } \
	  >$(BUILD)/beside.log 2>&1 & beside=$$!; \
	tests/cli/run.sh $(BUILD)/pdlab || status=1; \
	wait $$beside || status=1; \
	cat $(BUILD)/beside.log; \
	[ $$status -eq 0 ] && touch $@

PARTS := lint alone ptx triton-again schema sweep asan tsan fuzz

# Those that keep one core busy, or wait, are made together; with -k, so that each is.
ORDER := $(BUILD)/tested lint alone ptx triton-again+schema+sweep asan tsan fuzz
check: ## make test, unless it has just passed, and the slow parts: lint asan tsan fuzz ...
	@.ci/need check >&2
	@failed=; for part in $(ORDER); do \
	   echo "== $${part##*/}"; began=$$(date +%s); \
	   $(MAKE) -k $$(echo "$$part" | tr + ' ') || failed="$$failed $${part##*/}"; \
	   echo "== $${part##*/}: $$(($$(date +%s) - began)) s"; done; \
	 if [ "$$failed" ]; then echo "make check: failed:$$failed"; exit 1; fi; \
	 echo "make check: all passed"

lint: ## clang-format, clang-tidy, cppcheck
	$(Q)tests/lint.sh $(COMPILE) $(CURSES_CFLAGS) -- $(SOURCES)

alone: ## includes point down; src and kernels build and pass without curses and nvcc, sanitized
	@tests/arrows.sh $(LAYERED)
	@! $(filter-out -MMD -MP,$(COMPILE)) -M $(KERNELS) $(ENGINE) | grep -E ' /[^ ]*(curses|cuda)[^ ]*\.h'
	+@$(ASAN) $(BUILD)/asan/engine-units
	@$(ASAN_RUN) $(BUILD)/asan/engine-units

ptx: $(if $(NVCC),$(call object,$(CUDA))) ## the CUDA kernels, assembled for each kind of GPU and counted
	@tests/ptx.sh "$(NVCC)" $(if $(NVCC),$(PTX))

triton: ## compiles kernels/triton/*.py into kernels/triton/aot (python3-venv, Triton from PyPI)
	@kernels/triton/venv.sh $(BUILD)/triton-venv
	@$(BUILD)/triton-venv/bin/python kernels/triton/compile.py

triton-again: ## kernels/triton/aot is what its sources give, compiled in two other folders
	@tests/triton.sh $(BUILD)/triton-venv

schema: $(BUILD)/pdlab ## presets, recordings and a fresh document against their schemas
	@tests/schema.py $(BUILD)/pdlab

knobs: $(BUILD)/pdlab ## the lists of knobs in src/README.md and the schemas, from kernels/knobs.def
	@tests/knobs.sh $(BUILD)/pdlab --write

sweep: $(BUILD)/pdlab ## sweeps killed at random moments, and as a Slurm job array
	@status=0; tests/sweep/kill.sh $(BUILD)/pdlab || status=1; \
	 tests/sweep/slurm.sh $(BUILD)/pdlab || status=1; exit $$status

ASAN     = $(MAKE) BUILD=$(BUILD)/asan NVCC= SANITIZE='-fsanitize=address,undefined \
             -fno-sanitize-recover=all -fno-omit-frame-pointer'
ASAN_RUN = LSAN_OPTIONS=suppressions=tests/leaks.supp:print_suppressions=0
asan: ## the other units and a session, under AddressSanitizer and UBSan
	+@$(ASAN) $(BUILD)/asan/front-units $(BUILD)/asan/pdlab $(BUILD)/asan/tgkill
	@status=0; tests/screens/run.sh $(BUILD)/asan/pdlab session || status=1; \
	 $(ASAN_RUN) $(BUILD)/asan/front-units || status=1; exit $$status

tsan: ## what threads share, under ThreadSanitizer
	@$(MAKE) BUILD=$(BUILD)/tsan NVCC= SANITIZE=-fsanitize=thread $(BUILD)/tsan/races
	@$(BUILD)/tsan/races

FUZZ_SECONDS ?= 60
fuzz: ## the parsers, from the committed corpus (FUZZ_SECONDS=60 for all of them together)
	@$(MAKE) BUILD=$(BUILD)/fuzz NVCC= CC=clang SANITIZE='-fsanitize=fuzzer-no-link,address,undefined' \
	   $(patsubst tests/%.c,$(BUILD)/%,$(FUZZERS))
	@tests/fuzz/run.sh $(BUILD)/fuzz $(FUZZ_SECONDS)

bench: ## measures the lab itself
	@.ci/need bench >&2
	@$(MAKE) all $(call programs,$(BENCHES))
	@status=0; for program in $(call programs,$(BENCHES)); do \
	   echo "== $${program##*/}"; $$program || status=1; done; exit $$status

screenshots: ## pictures of the real program, into screenshots/
	@.ci/need screenshots >&2
	@$(MAKE) all
	@screenshots/make.sh $(BUILD)/pdlab

BUNDLED := pdlab units bench_explorer bench_live \
           $(if $(NVCC),bench_event_time storm $(if $(wildcard tests/gpu/barrier.cu),barrier))
bundle: ## build/bundle, a folder to copy to a GPU machine: tests/gpu/run.sh in it tests there
	@.ci/need bundle >&2
	@$(MAKE) $(addprefix $(BUILD)/bundle/,$(BUNDLED))
	@tests/gpu/bundle.sh $(BUILD)/bundle $(BUNDLED)

# The program prints its own manual and completions, from the tables that it reads.
MANUAL := man:man/man1/pdlab.1 bash:bash-completion/completions/pdlab \
          zsh:zsh/site-functions/_pdlab fish:fish/vendor_completions.d/pdlab.fish
SHARE   = $(DESTDIR)$(PREFIX)/share

install: all ## the program, its manual and completions, to $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/pdlab $(DESTDIR)$(PREFIX)/bin/pdlab
	@for part in $(MANUAL); do file="$(SHARE)/$${part#*:}"; \
	   echo "  $$file"; install -d "$${file%/*}" && \
	   $(BUILD)/pdlab --help "$${part%%:*}" > "$$file" && chmod 644 "$$file" || exit 1; done

format: ## clang-format, in place
	clang-format -i $(SOURCES) $(wildcard kernels/*.h kernels/*/*.h kernels/*/*.cu kernels/*/*.cuh \
	  src/*/*.h ui/*.h ui/*/*.h tests/*/*.h tests/*/*.cu)

clean: ## removes what was built
	rm -rf $(BUILD)

help: ## this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

FORCE:
.PHONY: all run test check $(PARTS) knobs triton bench bundle screenshots install format clean help FORCE
-include $(patsubst %.o,%.d,$(call object,$(SOURCES) $(CUDA)))
