# secchat: one GNU Makefile.  The link table comes first because it is the
# isolation story: what a program's row does not name, it does not contain.
# tests/system/link_table compares it with `readelf -d`.

# program             our directories (src/)              libraries (pkg-config)
# --------------------------------------------------------------------------
PROGRAMS           := secchat secchat-crypto secchat-net secchat-dial \
                      secchat-tty secchat-script secchat-identity \
                      secchat-price secchat-audit secchat-canary \
                      secchat-crypto-legacy secchat-file

DIRS_secchat          := cli super people quote text ipc jail util
LIBS_secchat          := libseccomp
DIRS_secchat-crypto   := crypto noise vault wire ipc jail util
LIBS_secchat-crypto   := libseccomp libsodium
DIRS_secchat-net      := net ipc jail util
LIBS_secchat-net      := libseccomp
DIRS_secchat-dial     := dial ipc jail util
LIBS_secchat-dial     := libseccomp
DIRS_secchat-tty      := tty quote text ipc jail util
LIBS_secchat-tty      := libseccomp
DIRS_secchat-script   := script quote text ipc jail util
LIBS_secchat-script   := libseccomp jansson
DIRS_secchat-file     := file ipc jail util
LIBS_secchat-file     := libseccomp
DIRS_secchat-identity := identity noise text jail util
LIBS_secchat-identity := libseccomp libsodium
DIRS_secchat-price    := price quote ipc jail util
LIBS_secchat-price    := libseccomp libcurl jansson
DIRS_secchat-audit    := audit text ipc jail util
LIBS_secchat-audit    := libseccomp
DIRS_secchat-canary   := canary noise wire jail util
LIBS_secchat-canary   := libseccomp libsodium
DIRS_secchat-crypto-legacy := legacy vault ipc jail util
LIBS_secchat-crypto-legacy := libseccomp libcrypto

# Layers: a directory includes only headers of its own, of include/secchat
# and of libraries; tests/lint/layers says which.  All programs also take
# their policy, one object, from sandbox/.

# ---- where things go -----------------------------------------------------
PREFIX     ?= /usr/local
LIBEXECDIR ?= $(PREFIX)/libexec/secchat
MANDIR     ?= $(PREFIX)/share/man
DESTDIR    ?=
MANPAGES   := $(sort $(wildcard docs/man/*.[1578]))
# Below share/, for bash, zsh and fish.
COMPLETIONS := bash-completion/completions zsh/site-functions \
               fish/vendor_completions.d

# ---- variants: each has its own object directory -------------------------
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
VARIANT := release
ifdef SAN
VARIANT := san
endif
ifdef COV
VARIANT := cov
endif
ifdef TEST_LIMITS
VARIANT := testlimits
endif
ifdef FUZZ
VARIANT := fuzz
CC      := clang
endif
ifdef FUZZCOV
VARIANT := fuzzcov
CC      := clang
endif
O ?= build/$(VARIANT)
# The release programs lie beside their sources; a variant's in its own tree.
B := $(if $(filter build/release,$(O)),bin,$(O)/bin)

# ---- flags ---------------------------------------------------------------
CSTD     := -std=c11 -D_GNU_SOURCE -Iinclude
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
            -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla \
            -Wcast-qual -Wwrite-strings -Wpointer-arith -Wformat=2 \
            -Wimplicit-fallthrough -Wswitch-enum $(if $(CI),-Werror)
OPT      ?= -O2 -g
probe     = $(shell echo 'int main(void){return 0;}' | \
            $(CC) -Werror $(1) -x c - -o /dev/null 2>/dev/null && echo '$(1)')
ZEROINIT := $(or $(call probe,-ftrivial-auto-var-init=zero),$(call probe,\
            -ftrivial-auto-var-init=zero \
            -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang))
HARDEN   := -fPIE -fstack-protector-strong -fno-common $(ZEROINIT) \
            $(call probe,-fstack-clash-protection) \
            $(call probe,-fcf-protection) -ffile-prefix-map=$(CURDIR)=.
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
# Fortified functions are for code that is optimized; compilers that do not
# know the third level (gcc 11) are told so by the C library, and take the second.
FORTLEVEL := $(if $(call probe,-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 \
             -include features.h),3,2)
FORTIFY  := $(if $(filter -O0,$(OPT)),,\
            -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(FORTLEVEL))

ifeq ($(VARIANT),san)
OPT      := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -DSECCHAT_UNCONFINED
LDSAN    := $(call probe,-static-libubsan)
FORTIFY  :=
else ifeq ($(VARIANT),testlimits)
DEFS     := -DSECCHAT_TEST_LIMITS
else ifeq ($(VARIANT),cov)
OPT      := -O0 -g --coverage -DSECCHAT_UNCONFINED
FORTIFY  :=
else ifeq ($(VARIANT),fuzz)
OPT      := -O1 -g -fno-omit-frame-pointer \
            -fsanitize=fuzzer-no-link,address,undefined \
            -fno-sanitize-recover=all -DSECCHAT_UNCONFINED
FORTIFY  :=
else ifeq ($(VARIANT),fuzzcov)
OPT      := -O1 -g -fprofile-instr-generate -fcoverage-mapping \
            -DSECCHAT_UNCONFINED
FORTIFY  :=
DEFS     := -DSECCHAT_FUZZCOV
# An assertion has a branch that nothing may reach.
$(O)/obj/src/%.o: DEFS += -DNDEBUG
endif

GITREV   := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
DEFS     += -DSECCHAT_LIBEXECDIR='"$(LIBEXECDIR)"'
CFLAGS_ALL = $(CSTD) $(WARN) $(OPT) $(FORTIFY) $(HARDEN) $(DEFS) $(CFLAGS)
LDFLAGS_ALL = $(OPT) $(LDHARDEN) $(LDSAN) $(LDFLAGS)
PKGS     := libsodium libseccomp jansson libcurl libcrypto
# What unit tests compare with, where it is installed; no program links it.
ORACLES  := libutf8proc
pkgc      = $(shell pkg-config --cflags $(1) 2>/dev/null)
pkgl      = $(shell pkg-config --libs $(1) 2>/dev/null)

# V=1 shows whole commands.
Q        := $(if $(V),,@)
say       = @$(if $(V),:,printf '  %-5s %s\n' $(1) $(2))

# ---- archives, one per src/ directory and one for sandbox/ ---------------
SRCDIRS  := $(sort $(notdir $(patsubst %/,%,$(wildcard src/*/))))
lib       = $(O)/lib$(1).a
ALLLIBS  := $(foreach d,$(SRCDIRS) sandbox sim,$(call lib,$(d)))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all check check-long demo lint fuzz install uninstall help clean deps unit \
        variant-dirs

all: $(PROGRAMS:%=$(B)/%)

$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

define archive
$(call lib,$(1)): $(patsubst %.c,$(O)/obj/%.o,$(sort $(wildcard $(2)/*.c)))
	@mkdir -p $$(@D)
	@rm -f $$@ $$@.new
	$(Q)$(AR) rcsD $$@.new $$^ && mv $$@.new $$@
endef
$(foreach d,$(SRCDIRS),$(eval $(call archive,$(d),src/$(d))))
$(eval $(call archive,sandbox,sandbox))
$(eval $(call archive,sim,tests/sim))

# Where a sanitizer's reports go is built into its programs.  Two shared run
# times would have one place for the file between them, so one is linked in.
SANOBJ := $(if $(filter san,$(VARIANT)),$(O)/obj/tests/san/options.o)

define program
$(B)/$(1): $(O)/obj/bin/$(1).o $(SANOBJ) \
    $(foreach d,$(DIRS_$(1)) sandbox,$(call lib,$(d)))
	@mkdir -p $$(@D)
	$(call say,link,$$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $$@ $$(filter %.o,$$^) -Wl,--start-group \
	    $$(filter %.a,$$^) -Wl,--end-group $(call pkgl,$(LIBS_$(1)))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# ---- tests: every unit test and fuzzer may link everything ---------------
UNITS   := $(patsubst tests/unit/%.c,$(O)/unit/%,$(sort $(wildcard tests/unit/*.c)))
FUZZERS := $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,\
           $(filter-out tests/fuzz/standalone.c,$(sort $(wildcard tests/fuzz/*.c))))

# Inputs made from the table of messages, so that they follow it.
FUZZSEEDS := build/seeds/made
$(FUZZSEEDS): $(wildcard tests/fuzz/*.py) tests/fuzz/kept \
               include/secchat/ipc_msgs.h
	@rm -rf $(@D).new
	$(Q)/usr/bin/python3 tests/fuzz/seeds.py $(@D).new
	@rm -rf $(@D) && mv $(@D).new $(@D) && touch $@

unit: $(UNITS)
fuzzers: $(FUZZERS) $(FUZZSEEDS)

$(O)/unit/%: $(O)/obj/tests/unit/%.o $(ALLLIBS)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(ALLLIBS) \
	    -Wl,--end-group $(call pkgl,$(PKGS)) $(call pkgl,$(ORACLES))

ifeq ($(VARIANT),fuzz)
FUZZFLAG := -fsanitize=fuzzer
else
FUZZMAIN := $(O)/obj/tests/fuzz/standalone.o
endif
# What a fuzzer puts its own function before; those of prs_derive and text_line
# are in tests/sim.
FUZZWRAP_audit := open fopen readlink __readlink_chk stat opendir readdir \
                  closedir text_line
FUZZWRAP_dial := socket connect bind listen getsockname getsockopt setsockopt \
                 getaddrinfo freeaddrinfo open
FUZZWRAP_engine := prs_derive frame_put outbox_ack
FUZZWRAP_file := pread __pread_chk pwrite fsync sync_file_range syscall
FUZZWRAP_folder := open openat fd_close read __read_chk fstat fstatat lstat \
                   stat access mkdir fsync flock getrandom getdents64 \
                   unlinkat renameat2 renameat linkat note
FUZZWRAP_ipc := prs_derive
FUZZWRAP_legacy := lib_pbkdf2
FUZZWRAP_price_http := curl_easy_setopt curl_multi_add_handle
FUZZWRAP_super := spawn waitpid kill pipe2 socketpair ipc_init lseek tcgetpgrp \
                  accepted_open people_load people_update stat fstat open \
                  files_temp_make files_temp_remove files_temp_keep \
                  files_target statfs text_line

$(O)/fuzz/%: $(O)/obj/tests/fuzz/%.o $(ALLLIBS) $(filter %.o,$(FUZZMAIN))
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) $(FUZZWRAP_$*:%=-Wl,--wrap=%) \
	    $(STAGEWRAP_$*:%=-Wl,--wrap=%) -o $@ $(filter %.o,$^) $(FUZZFLAG) \
	    -Wl,--start-group $(ALLLIBS) -Wl,--end-group $(call pkgl,$(PKGS))

# Fuzzers of whole programs: their system calls lead to tests/fuzz/stage.
STAGED    := dial engine file net script super tty
STAGEWRAP := read __read_chk recv __recv_chk recvmsg write writev send sendmsg \
             close shutdown accept4 fd_set_nonblock poll __poll_chk ppoll \
             __ppoll_chk clock_now_ms clock_utc_ms fatal isatty tcgetattr \
             tcsetattr tcflush ioctl setitimer sigaction signal sigprocmask
STAGEOBJ  := $(patsubst %.c,$(O)/obj/%.o,$(sort $(wildcard tests/fuzz/stage/*.c)))
$(foreach f,$(STAGED),$(eval STAGEWRAP_$(f) := $(STAGEWRAP)))
$(STAGED:%=$(O)/fuzz/%): $(STAGEOBJ)

# The constant-time test: the same archives, with functions of its own before
# those whose results may be known.  Without valgrind's header: nothing.
CTWRAP  := crypto_scalarmult crypto_scalarmult_base \
           crypto_scalarmult_ristretto255 sodium_memcmp sodium_base642bin \
           crypto_aead_chacha20poly1305_ietf_decrypt \
           code_parse phrase_check prs_derive hs_sas
CTOBJ   := $(patsubst %.c,$(O)/obj/%.o,$(sort $(wildcard tests/ct/*.c)))

.PHONY: ct
ct: $(if $(wildcard /usr/include/valgrind/memcheck.h),$(O)/ct/constant_time)
$(O)/ct/constant_time: $(CTOBJ) $(ALLLIBS)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) $(CTWRAP:%=-Wl,--wrap=%) -o $@ $(CTOBJ) \
	    -Wl,--start-group $(ALLLIBS) -Wl,--end-group $(call pkgl,$(PKGS))

# The storm: crypto's and net's state machines on sockets and under a clock
# that are the test's, and calls that planted bugs pass through.
STORMWRAP := read send writev recvmsg shutdown close accept4 resume_hold \
             resume_accept session_open prs_derive
STORMOBJ  := $(patsubst %.c,$(O)/obj/%.o,$(sort $(wildcard tests/storm/*.c)))

.PHONY: storm
storm: $(O)/storm/storm
$(O)/storm/storm: $(STORMOBJ) $(ALLLIBS)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) $(STORMWRAP:%=-Wl,--wrap=%) -o $@ \
	    $(STORMOBJ) -Wl,--start-group $(ALLLIBS) -Wl,--end-group \
	    $(call pkgl,$(PKGS))

# What stands in a worker's place when it is captured (tests/system/captured).
.PHONY: captured
captured: $(O)/captured/stand_in
$(O)/captured/stand_in: $(O)/obj/tests/captured/stand_in.o $(call lib,ipc) \
    $(call lib,util)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^

# The programs on a system that fails (tests/system/inject): the same objects,
# with tests/inject before the calls that it can make fail.  Never installed.
INJECT  := clock_gettime read __read_chk write writev send sendmsg recvmsg poll __poll_chk \
           ppoll accept4 socketpair socket connect bind listen getsockname \
           setsockopt pipe2 fork execve waitpid dup2 mmap malloc realloc fsync \
           sync_file_range renameat mkdir open openat fcntl close
.PHONY: inject
inject: $(PROGRAMS:%=$(O)/inject/%)
define injected
$(O)/inject/$(1): $(O)/obj/bin/$(1).o $(O)/obj/tests/inject/inject.o $(SANOBJ) \
    $(foreach d,$(DIRS_$(1)) sandbox,$(call lib,$(d)))
	@mkdir -p $$(@D)
	$(call say,link,$$@)
	$(Q)$(CC) $(LDFLAGS_ALL) $(INJECT:%=-Wl,--wrap=%) -o $$@ \
	    $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) \
	    -Wl,--end-group $(call pkgl,$(LIBS_$(1)))
endef
$(foreach p,$(PROGRAMS),$(eval $(call injected,$(p))))

# What `make bench` measures with (tests/bench): never installed.
BENCH := ball front pass one
BENCHLIBS_front := ipc jail util
BENCHLIBS_pass  := ipc jail util
BENCHLIBS_one   := crypto net vault noise wire ipc jail util
BENCHPKGS       := libseccomp libsodium
BENCHWRAP_one   := poll __poll_chk ipc_send ipc_send2 ipc_recv

.PHONY: bench bench-programs
bench-programs: all $(BENCH:%=$(O)/bench/%)
define benched
$(O)/bench/$(1): $(O)/obj/tests/bench/$(1).o $(O)/obj/tests/bench/took.o \
    $(foreach d,$(BENCHLIBS_$(1)) sandbox,$(call lib,$(d)))
	@mkdir -p $$(@D)
	$(call say,link,$$@)
	$(Q)$(CC) $(LDFLAGS_ALL) $(BENCHWRAP_$(1):%=-Wl,--wrap=%) -o $$@ \
	    $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) \
	    -Wl,--end-group $(call pkgl,$(BENCHPKGS))
endef
$(foreach p,$(BENCH),$(eval $(call benched,$(p))))

bench: deps-bench
	@tests/bench/run

check: deps-check
	@tests/run

# The same tests with their long forms, then every fuzzer for FUZZTIME.
check-long: deps-check
	@SECCHAT_LONG=1 tests/run
	@$(MAKE) --no-print-directory fuzz

# Every system test that makes sense so, with programs of a sanitizer build.
.PHONY: check-san check-valgrind portability
check-san: deps-check
	@tests/run san-unit san-fuzz san-system san-faults

check-valgrind: deps-check
	@tests/run valgrind

portability: deps-check
	@tests/portability/run

# Five whole runs, and thirty of each test that has to do with time.
.PHONY: check-flakes
check-flakes: deps-check
	@tests/flakes

.PHONY: deps-check deps-demo deps-bench
deps-demo:
	@tests/deps demo
deps-check:
	@tests/deps check
deps-bench:
	@tests/deps bench

# Builds that the audit must find wrong.
.PHONY: controls
controls: all
	@tests/controls/build $(O)

demo: deps-demo
	@$(MAKE) --no-print-directory all
	@tests/demo

# What the README shows, from a real terminal.
.PHONY: pictures
pictures: deps-check
	@$(MAKE) --no-print-directory all
	@tests/pictures.py

lint: deps-check
	@tests/lint/run

FUZZTIME ?= 60
fuzz: deps-check
	@$(MAKE) --no-print-directory FUZZ=1 fuzzers
	@tests/fuzz/run $(FUZZTIME) $(FUZZER)

# Which branches of each parser the corpora reach.
.PHONY: fuzz-coverage
fuzz-coverage:
	@tests/deps coverage
	@$(MAKE) --no-print-directory FUZZCOV=1 fuzzers
	@tests/fuzz/coverage.py

ifneq ($(filter install,$(MAKECMDGOALS)),)
ifneq ($(VARIANT),release)
$(error a $(VARIANT) build $(if $(filter testlimits,$(VARIANT)),has the timers \
of a test,runs unconfined) and cannot be installed)
endif
endif

# Not readable: a process of such a program is not dumpable from the beginning
# (docs/sandbox.md, "Key memory").
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBEXECDIR) \
	    $(addprefix $(DESTDIR)$(MANDIR)/man,1 5 7 8) \
	    $(COMPLETIONS:%=$(DESTDIR)$(PREFIX)/share/%)
	install -m 711 $(B)/secchat $(DESTDIR)$(PREFIX)/bin/secchat
	install -m 711 $(filter-out $(B)/secchat,$(PROGRAMS:%=$(B)/%)) \
	    $(DESTDIR)$(LIBEXECDIR)/
	$(foreach m,$(MANPAGES),install -m 644 $(m) \
	    $(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $(m)))/ ;)
	install -m 644 completions/secchat.bash \
	    $(DESTDIR)$(PREFIX)/share/$(word 1,$(COMPLETIONS))/secchat
	install -m 644 completions/_secchat \
	    $(DESTDIR)$(PREFIX)/share/$(word 2,$(COMPLETIONS))/
	install -m 644 completions/secchat.fish \
	    $(DESTDIR)$(PREFIX)/share/$(word 3,$(COMPLETIONS))/

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/secchat \
	    $(PROGRAMS:%=$(DESTDIR)$(LIBEXECDIR)/%)
	rm -f $(foreach m,$(MANPAGES),\
	    $(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $(m)))/$(notdir $(m)))
	rm -f $(join $(COMPLETIONS:%=$(DESTDIR)$(PREFIX)/share/%),\
	    /secchat /_secchat /secchat.fish)

clean:
	rm -rf build $(PROGRAMS:%=bin/%)

help:
	@sed -n 's/^#: //p' Makefile

#: make          build everything into bin/ (names a missing library's package)
#: make demo     install what is missing, build, and open a real chat
#: make check    install what is missing, build, run every test
#: make check-long  the long forms of the tests, and the fuzzers
#: make bench    measure, against others, what docs/performance.md promises
#: make check-san  the system tests with AddressSanitizer, UBSan, LeakSanitizer
#: make check-flakes  all tests 5 times, those that wait for time 30 times
#: make check-valgrind  the unit tests under valgrind
#: make portability  other compilers, levels, libraries and processors
#: make lint     format, layers, clang-tidy, gcc -fanalyzer, cppcheck, ...
#: make pictures  draw docs/pictures/*.svg from real terminals
#: make fuzz     every fuzzer for FUZZTIME seconds (default 60); FUZZER=NAME
#: make fuzz-coverage  the branches of each parser that the corpora reach
#: make install  DESTDIR, PREFIX (/usr/local), LIBEXECDIR, MANDIR
#: make clean    remove what was built
#: variants      SAN=address,undefined | COV=1 | FUZZ=1 | FUZZCOV=1, in build/<variant>
#:               TEST_LIMITS=1: confined, with the short timers of tests/faults

# A missing library is named before the first compiler error about it.
ifneq ($(filter all check install $(PROGRAMS:%=bin/%),$(or $(MAKECMDGOALS),all)),)
ifeq ($(filter check,$(MAKECMDGOALS)),)
MISSING := $(strip $(shell tests/deps missing))
ifneq ($(MISSING),)
$(error missing packages: $(MISSING); install them, or run "make demo")
endif
endif
endif

DEPFILES := $(shell find $(O)/obj -name '*.d' 2>/dev/null)
-include $(DEPFILES)
