# pdlab - Persistent Decode Lab. `make help` lists the goals.
#
#     make V=1 ...             shows the commands
#     make BUILD=build/x ...   builds somewhere else
#     make GPUS=8.6 ...        compiles CUDA for this compute capability; GPUS=none: no CUDA
#     make CC=clang CFLAGS=-O3 ...

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
CFLAGS  ?= -O2 -g

# One job per core, unless -j says otherwise.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += --no-print-directory -j$(shell nproc 2>/dev/null || echo 2)
endif
Q := $(if $(filter 1,$(V)),,@)

# If all goals only compile, make prints the output of each command when it ends, so that the messages
# of two compilers do not mix.
ifeq ($(filter-out all,$(filter-out $(BUILD)/%,$(MAKECMDGOALS)) $(filter %/tested,$(MAKECMDGOALS))),)
MAKEFLAGS += -Oline
endif

# $(call say,CC,FILE) prints "[ 37/212] CC   FILE". The total comes from a dry run of the same goals,
# started when the first line is printed.
ifdef COUNTING
say = @echo counted $(BUILD)
else
TOTAL = $(eval TOTAL := $(shell MAKEFLAGS= $(MAKE) -n COUNTING=1 $(MAKEOVERRIDES) $(MAKECMDGOALS) \
          2>/dev/null | grep -cx 'echo counted $(BUILD)'))$(TOTAL)
say = $(eval SAID += x)@printf '[%3d/%d] %-4s %s\n' $(words $(SAID)) $(TOTAL) $(1) '$(2)'
endif

# ---- sources -------------------------------------------------------------------------------------

KERNELS := $(wildcard kernels/*.c kernels/cpu/*.c kernels/plan/*.c) kernels/cuda/variants.c \
           kernels/triton/kernels.c
CUDA    := $(wildcard kernels/cuda/*.cu)
# Files that take nvcc 20 s or more are compiled first, the longest one first: a long job that starts
# last leaves the other cores idle.
LONGEST := $(patsubst %,kernels/cuda/%.cu,persistent_decode_resident attention_tma \
             persistent_decode_cuda attention_warp_specialized attention_persistent attention_cp_async \
             model_persistent_pipelined model_persistent)
CUDA_HOST := $(filter-out $(KERNELS),$(wildcard kernels/cuda/*.c kernels/triton/*.c))
ENGINE  := $(wildcard src/*/*.c)
FRONT   := $(filter-out ui/main.c,$(wildcard ui/*.c ui/*/*.c))
PRESETS := $(sort $(wildcard presets/*.json presets/*.tsv presets/demos/*.json presets/recordings/*.json presets/recordings/*/*.json))
TRITON  := $(sort $(wildcard kernels/triton/aot/*.ptx kernels/triton/aot/*.cubin))
UNITS   := $(wildcard tests/unit/*.c)
TSAN    := $(wildcard tests/tsan/*.c)
BENCHES := $(wildcard tests/bench/bench_*.c)
BENCH_HELPERS := $(filter-out $(BENCHES),$(wildcard tests/bench/*.c))
FUZZERS := $(wildcard tests/fuzz/*.c)

# Units that include no header of ui/, and the others.
ENGINE_UNITS := $(if $(UNITS),$(shell grep -L -e '"../../ui/' -e '"idle_explorer.h"' $(UNITS)))
FRONT_UNITS  := $(filter-out $(ENGINE_UNITS),$(UNITS))

# The objects of C and CUDA files; the programs of benchmarks and fuzzers.
object   = $(patsubst %.cu,$(BUILD)/%.o,$(patsubst %.c,$(BUILD)/%.o,$(1)))
programs = $(patsubst %.c,$(BUILD)/%,$(notdir $(1)))

FRONT_OBJECTS  := $(call object,$(FRONT))
ENGINE_OBJECTS := $(call object,$(KERNELS) $(ENGINE)) $(BUILD)/embedded.o $(BUILD)/triton.o
SOURCES := $(KERNELS) $(ENGINE) $(FRONT) ui/main.c $(UNITS) $(TSAN) $(BENCHES) $(BENCH_HELPERS) \
           $(FUZZERS) tests/screens/tgkill.c tests/screens/pty.c tests/gpu/storm.c .ci/gpus.c

# The files that tests/arrows.awk checks.
LAYERED := $(sort $(foreach folder,kernels src ui,$(wildcard $(foreach ending,c h def cu cuh,\
             $(folder)/*.$(ending) $(folder)/*/*.$(ending)))))

# ---- flags ---------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wwrite-strings -Wvla -Wformat=2 -Werror
CJSON_CFLAGS  := $(shell pkg-config --cflags libcjson 2>/dev/null)
CJSON_LIBS    := $(shell pkg-config --libs libcjson 2>/dev/null || echo -lcjson)
Z_LIBS        := $(shell pkg-config --libs zlib 2>/dev/null || echo -lz)
CURSES_CFLAGS := $(shell pkg-config --cflags ncursesw 2>/dev/null)
CURSES_LIBS   := $(shell pkg-config --libs ncursesw 2>/dev/null || echo -lncursesw -ltinfo)

# SANITIZE: flags for compiling and linking, for make asan, tsan and fuzz.
COMPILE = $(CC) -std=gnu11 -D_GNU_SOURCE $(CPPFLAGS) $(CJSON_CFLAGS) $(DEFINES) $(STAMPS) \
          $(CFLAGS) $(SANITIZE) $(WARNINGS) -MMD -MP
LINK    = $(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $(RPATH)
LIBS    = $(CJSON_LIBS) $(Z_LIBS) $(CUDA_LIBS) -lpthread -lm $(LDLIBS)

# $(call link,LIBRARIES): the recipe that links a program.
define link
@mkdir -p $(@D)
$(call say,LD,$@)
$(Q)$(LINK) -o $@ $^ $(1)
endef

# nvcc: the first of $CUDA_HOME, PATH and /usr/local/cuda. NVCC= builds without. The CUDA runtime is
# linked statically and loads the driver itself, so the program also starts without a driver. nvcc's
# objects need no C++ library.
#
# GPUS lists the compute capabilities to compile for. By default the program contains PTX for 8.0 and
# 9.0, which the driver compiles for its GPU, and machine code for Hopper, assembled from the PTX for
# 9.0. The files in PTX_80 have the same PTX for both, so the one for 8.0 is enough.
GPUS    ?= all
PTX_80  := $(patsubst %,kernels/cuda/%.cu,attention_cp_async attention_persistent ceilings_memory \
             ceilings_step fault gpu_attention_tensor gpu_clock gpu_model_tensor gpu_tensor \
             model_persistent prefill_chunk prefill_simulated)
comma   := ,
space   := $(comma:,=) $(comma:,=)
WITHOUT :=
ifneq ($(CUDA),)
NVCC := $(firstword $(wildcard $(addsuffix /nvcc,$(CUDA_HOME:%=%/bin) $(subst :, ,$(PATH)) \
          /usr/local/cuda/bin)))
WITHOUT := $(if $(NVCC),,no nvcc in CUDA_HOME$(comma) PATH or /usr/local/cuda)
# GPUs below 8.0 cannot run any of the kernels.
RUNNABLE := $(filter-out 1.% 2.% 3.% 5.% 6.% 7.%,$(GPUS:none=))
ifeq ($(RUNNABLE),)
override NVCC :=
WITHOUT := no GPU of compute capability 8.0 or later is here; make run GPUS=all compiles them
endif
ifneq ($(NVCC),)
CUDA_ROOT  := $(NVCC:%/bin/nvcc=%)
# Compressing for size takes half a minute, and is not worth it for a single GPU.
NVCC_FLAGS := -std=c++20 -O2 -compress-mode=$(if $(filter all,$(GPUS)),size,balance) -Werror all-warnings \
              -Xcompiler -Wall,-Wextra,-Wno-missing-field-initializers,-Werror,-fno-exceptions,-fno-rtti \
              -Xcompiler -fno-threadsafe-statics
# For a file: the PTX versions to include, and nvcc's flags.
ptx_archs  = $(if $(filter all,$(GPUS)),80 $(if $(filter $(PTX_80),$(1)),,90))
nvcc_archs = $(call own_arch,$(1),$(if $(filter all,$(GPUS)),$(call for_all,$(call ptx_archs,$(1))),$(call for_these,$(1))))
# These files use an instruction that only 9.0 itself has (setmaxnreg), so their machine code for Hopper
# is assembled from PTX for 9.0a instead of the PTX that later GPUs load.
own_arch   = $(if $(filter $(OWN_90A),$(1)),$(subst compute_90$(comma)code=sm_90a,compute_90a$(comma)code=sm_90a,$(2)),$(2))
OWN_90A   := kernels/cuda/model_persistent_pipelined.cu
for_all    = $(foreach arch,$(1),$(call gencode,$(arch),compute_$(arch))) \
             $(call gencode,$(lastword $(1)),sm_90a)
gencode    = -gencode arch=compute_$(1)$(comma)code=$(2)
# For a GPU in GPUS: machine code, or PTX if nvcc is older than the GPU.
for_these  = $(foreach gpu,$(sort $(subst .,,$(RUNNABLE))),\
             $(call for_one,$(gpu),$(if $(filter 8%,$(gpu))$(filter $(PTX_80),$(1)),80,90)))
for_one    = $(call gencode,$(2),$(or $(filter sm_$(1:90=90a),$(KNOWN)),compute_$(2)))
KNOWN     := $(if $(filter all,$(GPUS)),,$(shell $(NVCC) --list-gpu-code) sm_90a)
CUDA_LIBS  := -L$(CUDA_ROOT)/lib64 -lcudart_static -ldl -lrt
DEFINES    := -DPDLAB_CUDA -isystem $(CUDA_ROOT)/include -isystem $(CUDA_ROOT)/extras/CUPTI/include
SOURCES    += $(CUDA_HOST)
ENGINE_OBJECTS += $(call object,$(CUDA) $(CUDA_HOST))
endif
endif

FIRST := $(if $(NVCC),$(call object,$(filter $(CUDA),$(LONGEST)) $(filter-out $(LONGEST),$(CUDA))))
all: $(FIRST) $(BUILD)/pdlab ## builds build/pdlab

# build/bundle contains the same programs, but they and their libraries search for libraries in lib/.
$(BUILD)/bundle/%: RPATH := -s -Wl,--disable-new-dtags,-rpath,'$$ORIGIN/lib'

$(BUILD)/pdlab $(BUILD)/bundle/pdlab: $(call object,ui/main.c) $(FRONT_OBJECTS) $(BUILD)/libpdlab.a
	$(call link,$(CURSES_LIBS) $(LIBS))

# The program for download: libraries are linked statically if possible; the others are in lib/.
DIST := $(BUILD)/pdlab-$(VERSION)-linux-x86_64.tar.gz
$(BUILD)/dist/pdlab: RPATH := -s -static-libgcc -Wl,--disable-new-dtags,-rpath,'$$ORIGIN/lib'
$(BUILD)/dist/pdlab: $(call object,ui/main.c) $(FRONT_OBJECTS) $(BUILD)/libpdlab.a
	$(call link,$(call linked_in,$(CURSES_LIBS) $(CJSON_LIBS) $(Z_LIBS)) $(CUDA_LIBS) -lpthread -lm $(LDLIBS))

# Replaces each -lNAME by libNAME.a, if that exists.
linked_in = $(foreach word,$(1),$(or $(if $(filter -l%,$(word)),$(call archive,lib$(word:-l%=%).a)),$(word)))
archive   = $(if $(filter /%,$(shell $(CC) -print-file-name=$(1))),-l:$(1))

$(DIST): $(BUILD)/dist/pdlab .ci/dist.sh .ci/libraries.sh README.md $(wildcard LICENSE)
	@.ci/dist.sh $< $@ "$(or $(GIT_DATE),1970-01-01)"

$(BUILD)/libpdlab.a: $(ENGINE_OBJECTS)
	$(if $(WITHOUT),@echo "without the CUDA variants: $(WITHOUT)")
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/units $(BUILD)/bundle/units: $(call object,$(UNITS)) $(FRONT_OBJECTS) $(BUILD)/libpdlab.a
	$(call link,$(CURSES_LIBS) -lcriterion $(LIBS))

$(BUILD)/front-units: $(call object,$(FRONT_UNITS)) $(FRONT_OBJECTS) $(BUILD)/libpdlab.a
	$(call link,$(CURSES_LIBS) -lcriterion $(LIBS))

$(BUILD)/engine-units: $(call object,$(ENGINE_UNITS)) $(BUILD)/libpdlab.a
	$(call link,-lcriterion $(LIBS))

$(BUILD)/races: $(call object,$(TSAN)) $(BUILD)/libpdlab.a
	$(call link,$(LIBS))

$(BUILD)/tgkill $(BUILD)/pty: $(BUILD)/%: $(BUILD)/tests/screens/%.o
	$(call link,)

BENCH_OBJECTS := $(call object,$(BENCH_HELPERS)) $(FRONT_OBJECTS) $(BUILD)/libpdlab.a
$(call programs,$(BENCHES)): $(BUILD)/%: $(BUILD)/tests/bench/%.o $(BENCH_OBJECTS)
	$(call link,$(CURSES_LIBS) -lvterm -lutil $(LIBS))

$(patsubst tests/bench/%.c,$(BUILD)/bundle/%,$(BENCHES)): $(BUILD)/bundle/%: \
    $(BUILD)/tests/bench/%.o $(BENCH_OBJECTS)
	$(call link,$(CURSES_LIBS) -lvterm -lutil $(LIBS))

$(BUILD)/bundle/barrier $(BUILD)/bundle/storm: $(BUILD)/bundle/%: $(BUILD)/tests/gpu/%.o \
    $(BUILD)/libpdlab.a
	$(call link,$(LIBS))

$(call programs,$(FUZZERS)): $(BUILD)/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/ui/terminal/decoder.o \
    $(BUILD)/libpdlab.a
	$(call link,-fsanitize=fuzzer $(LIBS))

# The objects that a build with SANITIZE leaves uninstrumented.
$(UNSANITIZED:%=$(BUILD)/%.o): private override SANITIZE :=

# Private: otherwise the prerequisites, such as $(BUILD)/flags, would inherit the setting.
$(BUILD)/ui/%.o $(BUILD)/tests/%.o: private DEFINES += $(CURSES_CFLAGS)

STAMPED := $(BUILD)/src/base/version.o
$(STAMPED): private STAMPS = -DPDLAB_VERSION='"$(VERSION)"' -DPDLAB_GIT_REVISION='"$(GIT_REVISION)"' \
  -DPDLAB_DATE='"$(GIT_DATE)"' -DPDLAB_NVCC='"$(BUILT_CUDA)"' \
  -DPDLAB_NCURSES='"$(shell pkg-config --modversion ncursesw)"'
# "nvcc 13.0.88 for compute_80, compute_90, sm_90a", or "without"
BUILT_CUDA = $(if $(NVCC),nvcc $(shell $(NVCC) --version | sed -n 's/.* V//p') for \
  $(subst $(space),$(comma)$(space),$(sort $(foreach arch,$(foreach file,$(CUDA),$(call nvcc_archs,$(file))),\
  $(lastword $(subst code=, ,$(filter arch=%,$(arch))))))),without)
$(STAMPED): $(BUILD)/revision

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(COMPILE) -c -o $@ $<

# Keeps nvcc's timing and the object's PTX beside the object, for make ptx.
$(BUILD)/%.o: %.cu $(BUILD)/flags
	@mkdir -p $(@:.o=.keep)
	$(call say,NVCC,$<)
	@rm -f $(@:.o=.csv)
	$(Q)$(NVCC) $(NVCC_FLAGS) $(call nvcc_archs,$<) -time $(@:.o=.csv) -MMD -MP -MF $(@:.o=.d) \
	  --keep --keep-dir $(@:.o=.keep) -c -o $@ $<
	$(Q)cd $(@:.o=.keep) && for arch in $(call ptx_archs,$<); do \
	  from=$(*F).compute_$$arch.ptx; [ -e $$from ] || from=$(*F).ptx; \
	  mv $$from ../$(*F).$$arch.ptx || exit 1; done
	@rm -rf $(@:.o=.keep)

PTX = $(foreach file,$(CUDA),$(foreach arch,$(call ptx_archs,$(file)),$(file:%.cu=$(BUILD)/%.$(arch).ptx)))

# Embedded files: their bytes, and a table of their paths. embedded_files has presets/, compressed;
# triton_files has Triton's images.
PACKED := $(PRESETS:%=$(BUILD)/packed/%.gz)
$(BUILD)/packed/%.gz: %
	@mkdir -p $(@D)
	@gzip -9n <$< >$@

$(BUILD)/embedded.S: $(PACKED) $(BUILD)/presets
$(BUILD)/triton.S:   $(TRITON) $(BUILD)/aot
$(BUILD)/embedded.S: CARRIED = embedded_files $(BUILD)/packed/presets/ $(PACKED)
$(BUILD)/triton.S:   CARRIED = triton_files kernels/triton/aot/ $(TRITON)
$(BUILD)/embedded.S $(BUILD)/triton.S:
	@{ set -- $(CARRIED); table=$$1 folder=$$2; shift 2; n=0; echo '    .section .rodata'; \
	   for f; do name=$${f#$$folder}; \
	     echo "name$$n: .asciz \"$${name%.gz}\""; \
	     echo "    .balign 16"; \
	     echo "file$$n: .incbin \"$$f\""; echo "end$$n: .byte 0"; n=$$((n+1)); done; \
	   echo '    .section .data.rel.ro,"aw"'; echo '    .balign 8'; \
	   echo "    .globl $$table"; echo "$$table:"; \
	   i=0; while [ $$i -lt $$n ]; do echo "    .quad name$$i, file$$i, end$$i"; i=$$((i+1)); done; \
	   echo '    .quad 0, 0, 0'; echo '    .section .note.GNU-stack,"",%progbits'; } > $@

$(BUILD)/embedded.o $(BUILD)/triton.o: %.o: %.S
	$(call say,AS,$<)
	$(Q)$(CC) -c -o $@ $<

# These files record settings that a build depends on, and change only with them. A dry run writes them
# too ("+"), because make treats a target that it only printed as new.
GIT_REVISION := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
GIT_DATE     := $(shell git show -s --format=%cs HEAD 2>/dev/null)
$(BUILD)/flags:    REMEMBERED = $(COMPILE) $(CURSES_CFLAGS) $(NVCC) $(NVCC_FLAGS) $(NVCC_APPEND_FLAGS) $(GPUS) $(PTX_80)
$(BUILD)/revision: REMEMBERED = $(VERSION) $(GIT_REVISION)
$(BUILD)/presets:  REMEMBERED = $(PRESETS)
$(BUILD)/aot:      REMEMBERED = $(TRITON)
$(BUILD)/flags $(BUILD)/revision $(BUILD)/presets $(BUILD)/aot: FORCE
	+@mkdir -p $(@D)
	+@echo '$(REMEMBERED)' | cmp -s - $@ || echo '$(REMEMBERED)' > $@

# ---- goals ---------------------------------------------------------------------------------------

# Only pdlab's output goes to standard output. Compiling for every GPU takes minutes. So this goal
# compiles only for the GPUs that the driver reports, unless `make` has already built for all.
run: ## installs what is missing, builds for this machine, and starts the explorer (ARGS="replay FILE")
	@.ci/need run >&2
	@mkdir -p $(BUILD) && $(CC) -o $(BUILD)/gpus .ci/gpus.c -ldl
	@gpus="$(HERE)" folder=$(BUILD)/run; \
	 if [ "$$gpus" = all ] || $(if $(filter file,$(origin GPUS)),$(MAKE) -q all >&2,false); then \
	   gpus=all folder=$(BUILD); \
	 fi; $(MAKE) BUILD=$$folder GPUS="$$gpus" all >&2 && echo $$folder >$(BUILD)/run.folder
	@exec $$(cat $(BUILD)/run.folder)/pdlab $(ARGS)

# Text for a recipe's shell: GPUS if the user set it, else a command that prints the compute
# capabilities of this machine's GPUs.
HERE = $(if $(filter file,$(origin GPUS)),$$($(BUILD)/gpus),$(GPUS))

test: ## runs the unit, command-line and screen tests
	@.ci/need test >&2
	@rm -f $(BUILD)/tested
	@$(MAKE) $(BUILD)/tested

# All three run even if one fails. The screen tests and the command-line tests mostly wait, so they run
# in parallel. The command-line tests take longest, so the units run beside them, after the screens.
# Their output is printed at the end, with Criterion's synthesis last.
$(BUILD)/tested: $(FIRST) $(BUILD)/pdlab $(BUILD)/units $(BUILD)/tgkill $(BUILD)/pty \
                 $(shell find tests/cli tests/screens -type f 2>/dev/null)
	@status=0; \
	{ tests/screens/run.sh $(BUILD)/pdlab; screens=$$?; $(BUILD)/units && exit $$screens; } \
	  >$(BUILD)/beside.log 2>&1 & beside=$$!; \
	tests/cli/run.sh $(BUILD)/pdlab || status=1; \
	wait $$beside || status=1; \
	cat $(BUILD)/beside.log; \
	[ $$status -eq 0 ] && touch $@

PARTS := lint sanitized alone ptx triton-again schema download sweep asan tsan fuzz

# Parts that use one core, or mostly wait, run in parallel; -k runs them all even if one fails. The
# programs for the sanitizers compile beside the parts before `alone`. If that failed, `alone`, `asan`,
# `tsan` and `fuzz` compile them again and print the errors.
ORDER := $(BUILD)/tested lint ptx alone triton-again+schema+download+sweep+fuzz+tsan+asan
check: ## make test, unless it has just passed, and the slow parts: lint asan tsan fuzz ...
	@.ci/need check >&2
	@mkdir -p $(BUILD)
	@nice -n 5 $(MAKE) -k sanitized >$(BUILD)/sanitized.log 2>&1 & beside=$$!; \
	 failed=; for part in $(ORDER); do \
	   echo "== $${part##*/}"; began=$$(date +%s); \
	   [ $$part != alone ] || wait $$beside; \
	   $(MAKE) -k $$(echo "$$part" | tr + ' ') || failed="$$failed $${part##*/}"; \
	   echo "== $${part##*/}: $$(($$(date +%s) - began)) s"; done; \
	 if [ "$$failed" ]; then echo "make check: failed:$$failed"; exit 1; fi; \
	 echo "make check: all passed"

lint: ## runs clang-format, clang-tidy and cppcheck
	$(Q)tests/lint.sh $(COMPILE) $(CURSES_CFLAGS) -- $(SOURCES)

sanitized: ## compiles the programs that alone, asan, tsan and fuzz run
	+@$(ASAN) $(BUILD)/asan/engine-units $(ASAN_FRONT)
	+@$(TSAN_MAKE)
	+@$(FUZZ_MAKE)

alone: ## checks that includes point down, and src and kernels without curses and nvcc, sanitized
	@tests/arrows.sh $(LAYERED)
	@! $(filter-out -MMD -MP,$(COMPILE)) -M $(KERNELS) $(ENGINE) | grep -E ' /[^ ]*(curses|cuda)[^ ]*\.h'
	+@$(ASAN) $(BUILD)/asan/engine-units
	@$(ASAN_RUN) $(BUILD)/asan/engine-units -j$(WAITING_JOBS)

ptx: $(if $(NVCC),$(call object,$(CUDA))) ## assembles the PTX of the CUDA kernels, and counts them
	@tests/ptx.sh "$(NVCC)" $(if $(NVCC),$(PTX))
	@tests/gpus.sh "$(NVCC)"

triton: ## compiles kernels/triton/*.py into kernels/triton/aot (python3-venv, Triton from PyPI)
	@kernels/triton/venv.sh $(BUILD)/triton-venv
	@$(BUILD)/triton-venv/bin/python kernels/triton/compile.py

triton-again: ## compiles Triton's kernels in two folders and compares them with kernels/triton/aot
	@tests/triton.sh $(BUILD)/triton-venv

schema: $(BUILD)/pdlab ## validates presets, recordings and a new document
	@tests/schema.py $(BUILD)/pdlab

download: $(DIST) $(BUILD)/pty ## tests the archive of make dist in a root folder of its own
	@tests/download.sh $^

knobs: $(BUILD)/pdlab ## writes the lists of knobs in src/README.md and the schemas, from kernels/knobs.def
	@tests/knobs.sh $(BUILD)/pdlab --write

sweep: $(BUILD)/pdlab ## tests sweeps that are killed at random moments, and as a Slurm job array
	@status=0; tests/sweep/kill.sh $(BUILD)/pdlab || status=1; \
	 tests/sweep/slurm.sh $(BUILD)/pdlab || status=1; exit $$status

# For sanitized code, -O2 costs more compile time than it saves run time, and -g1 is enough for line
# numbers. At -O1 gcc knows less about lengths, and warns of truncation that cannot happen.
CHECKED  = CFLAGS='-O1 -g1 -Wno-format-truncation'
ASAN     = $(MAKE) BUILD=$(BUILD)/asan NVCC= $(CHECKED) SANITIZE='-fsanitize=address,undefined \
             -fno-sanitize-recover=all -fno-omit-frame-pointer'
ASAN_RUN = LSAN_OPTIONS=suppressions=tests/leaks.supp:print_suppressions=0
ASAN_FRONT = $(BUILD)/asan/front-units $(BUILD)/asan/pdlab $(BUILD)/asan/tgkill
# More jobs than cores, because some units wait; one waits a minute under a sanitizer.
WAITING_JOBS := $(shell echo $$(($$(nproc 2>/dev/null || echo 2) + 1)))
asan: ## runs the other units and a session under AddressSanitizer and UBSan
	+@$(ASAN) $(ASAN_FRONT)
	@status=0; tests/screens/run.sh $(BUILD)/asan/pdlab session || status=1; \
	 $(ASAN_RUN) $(BUILD)/asan/front-units || status=1; exit $$status

TSAN_MAKE = $(MAKE) BUILD=$(BUILD)/tsan NVCC= $(CHECKED) SANITIZE=-fsanitize=thread $(BUILD)/tsan/races
tsan: ## tests the data that threads share under ThreadSanitizer
	+@$(TSAN_MAKE)
	@$(BUILD)/tsan/races

# The parsers do not call the loops in UNROLLED, which clang would take 40 s to instrument.
UNROLLED  := kernels/cpu/attend kernels/cpu/multiply
FUZZ_MAKE = $(MAKE) BUILD=$(BUILD)/fuzz NVCC= CC=clang UNSANITIZED='$(UNROLLED)' \
              SANITIZE='-fsanitize=fuzzer-no-link,address,undefined' \
              $(patsubst tests/%.c,$(BUILD)/%,$(FUZZERS))
FUZZ_SECONDS ?= 60
fuzz: ## fuzzes the parsers from the committed corpus (FUZZ_SECONDS=60 for all together)
	+@$(FUZZ_MAKE)
	@tests/fuzz/run.sh $(BUILD)/fuzz $(FUZZ_SECONDS)

bench: ## measures pdlab's own overhead
	@.ci/need bench >&2
	@$(MAKE) all $(call programs,$(BENCHES))
	@status=0; for program in $(call programs,$(BENCHES)); do \
	   echo "== $${program##*/}"; $$program || status=1; done; exit $$status

screenshots: ## takes pictures of the real program, into screenshots/
	@.ci/need screenshots >&2
	@$(MAKE) all
	@screenshots/make.sh $(BUILD)/pdlab

BUNDLED := pdlab units bench_explorer bench_live \
           $(if $(NVCC),bench_event_time storm $(if $(wildcard tests/gpu/barrier.cu),barrier))
bundle: ## builds build/bundle, to copy to a GPU machine and test there with tests/gpu/run.sh
	@.ci/need bundle >&2
	@$(MAKE) $(FIRST) $(addprefix $(BUILD)/bundle/,$(BUNDLED))
	@tests/gpu/bundle.sh $(BUILD)/bundle $(BUNDLED)

dist: ## builds build/pdlab-VERSION-linux-x86_64.tar.gz, which runs without installed packages
	@.ci/need dist >&2
	@$(MAKE) $(FIRST) $(DIST)

# The program prints its own manual and completions.
MANUAL := man:man/man1/pdlab.1 bash:bash-completion/completions/pdlab \
          zsh:zsh/site-functions/_pdlab fish:fish/vendor_completions.d/pdlab.fish
SHARE   = $(DESTDIR)$(PREFIX)/share

install: all ## installs the program, its manual and completions to $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/pdlab $(DESTDIR)$(PREFIX)/bin/pdlab
	@for part in $(MANUAL); do file="$(SHARE)/$${part#*:}"; \
	   echo "  $$file"; install -d "$${file%/*}" && \
	   $(BUILD)/pdlab --help "$${part%%:*}" > "$$file" && chmod 644 "$$file" || exit 1; done

format: ## runs clang-format in place
	clang-format -i $(SOURCES) $(wildcard kernels/*.h kernels/*/*.h kernels/*/*.cu kernels/*/*.cuh \
	  src/*/*.h ui/*.h ui/*/*.h tests/*/*.h tests/*/*.cu)

clean: ## removes the build folder
	rm -rf $(BUILD)

help: ## prints this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

FORCE:
.PHONY: all run test check $(PARTS) knobs triton bench bundle dist screenshots install format clean help FORCE
-include $(patsubst %.o,%.d,$(call object,$(SOURCES) $(CUDA)))
