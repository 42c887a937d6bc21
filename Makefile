# SPDX-License-Identifier: MIT
#
# Everything is built into build/ (build/san/ with SAN=1: AddressSanitizer and UBSan). One makefile, no recursion but into the
# kernel's own; dependencies come from the compiler. `make help` lists what there is.

B      := build$(if $(SAN),/san)
GUEST  ?= x86_64-6.1
GUESTS := $(filter-out %-debug,$(patsubst vm-images/guests/%.ini,%,$(wildcard vm-images/guests/*.ini)))

# Debian's name of the guest's architecture, and the prefix of the compiler for it.
GUEST_ARCH  := $(shell sed -n 's/^arch *= *//p' vm-images/guests/$(GUEST).ini 2>/dev/null)
CROSS_i386  := i686-linux-gnu-
CROSS_arm64 := aarch64-linux-gnu-
CROSS_s390x := s390x-linux-gnu-
CROSS       := $(CROSS_$(GUEST_ARCH))
# The compiler for its 32-bit programs.
CC_32_amd64 := gcc -m32
CC_32_i386  := gcc -m32
CC_32_arm64 := arm-linux-gnueabihf-gcc
CC_32_s390x := s390x-linux-gnu-gcc -m31
CC_32       := $(CC_32_$(GUEST_ARCH))

CC       = gcc
PKGS    := libevent libevent_openssl libssl libcrypto sqlite3 inih jansson liblz4 libzstd libpcre2-8
CFLAGS  ?= -O2 -g
LIBS    := -Wl,--as-needed $(shell pkg-config --libs $(PKGS)) -lpam -l:libbsd.a -l:libmd.a -lcmocka
# The same, but for what loads more libraries by itself: libc, PAM and CMocka.
ARCHIVES := -Wl,-Bstatic -levent_openssl -levent -lssl -lcrypto -lsqlite3 -linih -ljansson -llz4 -lzstd -lpcre2-8 -lbsd -lmd -lcrypt
MOST_ARCHIVED = $(ARCHIVES) -Wl,-Bdynamic -Wl,--as-needed -lm -lcmocka -l:libpam.so.0
# The runner forks often: the less is mapped and written to, the sooner.
RUNNER_LDFLAGS = $(if $(SAN)$(COV)$(FUZZ),$(LDFLAGS),$(filter-out -pie,$(LDFLAGS)) -no-pie)
RUNNER_LIBS    = $(if $(SAN)$(COV)$(FUZZ),$(LIBS),$(MOST_ARCHIVED))
INCLUDE := -I. -I$(B)/gen
BASE     = -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow \
           -Wpointer-arith -Wvla -fno-common -fstack-protector-strong
ifdef SAN
BASE    += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
else ifdef COV
B       := build/cov
BASE    += --coverage -O0
LDFLAGS += --coverage
else ifdef FUZZ
B       := build/fuzz
CC      := clang
BASE    += -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
else ifdef ARCH
# For guests of another machine, from a build without it: linked with what is unpacked for such a guest, of which it needs the C library, PAM
# and CMocka at run time.
B       := build/$(ARCH)
CC      := $(CROSS)gcc
SYSROOT := build/guest/$(GUEST)/root/usr
TRIPLET := $(shell $(CC) -print-multiarch)
BASE    += -D_FORTIFY_SOURCE=2 -D_FILE_OFFSET_BITS=64 $(addprefix -isystem $(SYSROOT)/,include include/$(TRIPLET))
LDFLAGS += -s $(addprefix -L$(SYSROOT)/,lib/$(TRIPLET) ../lib/$(TRIPLET)) -Wl,-rpath-link,$(SYSROOT)/lib/$(TRIPLET):$(SYSROOT)/../lib/$(TRIPLET)
LIBS     = $(MOST_ARCHIVED)
else
BASE    += -D_FORTIFY_SOURCE=2 -fPIE
LDFLAGS += -pie -Wl,-z,relro,-z,now
endif
PAM_LIBS := -Wl,-Bdynamic -l:libpam.so.0
# For guests: the fewer parts a program is mapped in, the sooner it starts.
GUEST_LDFLAGS = $(filter-out -pie,$(LDFLAGS)) -s -no-pie -Wl,-z,norelro,-z,noseparate-code,-z,lazy
# glibc loads libgcc_s when libfuse cancels its threads: linked, it goes into a guest with the other libraries.
ifdef ARCH
FUSE_CFLAGS := -isystem $(SYSROOT)/include/fuse3
FUSE_LIBS   := -Wl,-Bstatic -lfuse3 -Wl,-Bdynamic -Wl,--no-as-needed -lgcc_s
# What is linked into a module is nobody's else in the program that loads it.
PAM_MODULE_LIBS = $(LDFLAGS) -Wl,--exclude-libs,ALL -Wl,-Bstatic -ljansson $(PAM_LIBS)
else
FUSE_CFLAGS := $(shell pkg-config --cflags fuse3 2>/dev/null)
FUSE_LIBS   := $(shell pkg-config --libs fuse3 2>/dev/null) -Wl,--no-as-needed -lgcc_s
PAM_MODULE_LIBS := -ljansson -lpam
endif

# `make V=1` shows the commands.
Q       := $(if $(V),,@)
say      = $(if $(or $(V),$(findstring s,$(firstword -$(MAKEFLAGS)))),,@printf '  %-4s %s\n' $(1) $(patsubst $(B)/%,%,$@))

.SUFFIXES:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

obj = $(patsubst %.c,$(B)/obj/%.o,$(patsubst $(B)/gen/%,gen/%,$(1)))
src = $(filter-out %_test.c %_fuzz.c %_bench.c,$(wildcard $(1)))

CORE_SRC  := $(call src,ref/core/*.c)
# Programs that talk to other hosts or hold conversations are linked with OpenSSL, the others with linux_alone.c.
LINK_SRC  := ref/platform/linux_channel.c ref/platform/linux_listen.c ref/platform/linux_link.c
LINKED    := secons seagent selogrd selogrcd
# The one that checks passwords, with PAM; the others with linux_alone_password.c.
PASSWORD_SRC := ref/platform/linux_password.c
REF_SRC   := $(filter-out $(LINK_SRC) $(PASSWORD_SRC),$(call src,ref/platform/*.c ref/store/*.c ref/wire/*.c))
CMD_SRC   := $(filter-out ref/cmd/main.c,$(call src,ref/cmd/*.c))
SIM_SRC   := $(filter-out sim/explore_main.c,$(call src,sim/*.c))
GUEST_SRC := $(filter-out vm-images/guest_main.c vm-images/init.c,$(call src,vm-images/*.c))
FUSE_SRC  := $(filter-out fuse_fs/fillfs.c fuse_fs/fillctl.c,$(call src,fuse_fs/*.c))
CASE_SRC  := $(call src,conformance/cases/*/*.c)
SPEC_SRC  := conformance/spec/spec.c conformance/spec/spec_check.c conformance/strbuf.c
CONF_SRC  := $(filter-out conformance/main.c conformance/spec/spec_table.c, \
             $(call src,conformance/*.c conformance/spec/*.c conformance/target/*.c conformance/report/*.c conformance/lint/*.c))
TEST_SRC  := $(wildcard ref/*/*_test.c sim/*_test.c conformance/*_test.c conformance/*/*_test.c fuse_fs/*_test.c \
             vm-images/*_test.c)
# These boot guests; the sanitizers would only slow them down.
GUEST_TEST_SRC := vm-images/guest_test.c conformance/target/guest_test.c
TEST_SRC  := $(filter-out $(GUEST_TEST_SRC),$(TEST_SRC))

# Programs: those of ref/cmd/NAME.c that define NAME_program, and the rest by hand.
PROGRAMS  := $(patsubst ref/cmd/%.c,%,$(shell grep -l '^const struct program [A-Za-z_]*_program' $(CMD_SRC) 2>/dev/null))
BIN       := $(addprefix $(B)/bin/,$(PROGRAMS) \
             $(if $(wildcard vm-images/guest_main.c),guest) \
             $(if $(wildcard fuse_fs/fillfs.c),fillfs fillctl) \
             $(if $(wildcard sim/explore_main.c),sim) \
             $(if $(wildcard conformance/main.c),conform session))
TESTS     := $(patsubst %.c,$(B)/test/%,$(TEST_SRC))
GUEST_TESTS := $(patsubst %.c,$(B)/test/%,$(GUEST_TEST_SRC))

.PHONY: all
all: $(BIN)

.PHONY: help
help: ## what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

# --- libraries and objects

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(BASE) $(CFLAGS) $(if $(filter fuse_fs/%,$<),$(FUSE_CFLAGS)) $(INCLUDE) -MMD -MP -c $< -o $@

$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(BASE) $(CFLAGS) $(INCLUDE) -MMD -MP -c $< -o $@

define archive
$(B)/$(1).a: $(call obj,$(2))
	@rm -f $$@
	$$(call say,AR)
	$(Q)$$(if $(ARCH),$(CROSS))ar rcs $$@ $$^
endef
$(eval $(call archive,libcore,$(CORE_SRC)))
$(eval $(call archive,libref,$(REF_SRC)))
$(eval $(call archive,libcmd,$(CMD_SRC)))
$(eval $(call archive,libsim,$(SIM_SRC) $(B)/gen/ref_programs.c))
$(eval $(call archive,libguest,$(GUEST_SRC)))
$(eval $(call archive,libfill,$(FUSE_SRC)))
$(eval $(call archive,libconform,$(CONF_SRC) $(B)/gen/spec_table.c))
REF_LIBS := $(B)/libcmd.a $(B)/libref.a $(B)/libcore.a
ALL_LIBS := $(B)/libconform.a $(B)/libguest.a $(B)/libsim.a $(REF_LIBS) $(B)/libfill.a

# --- programs

# The programs a simulated machine knows.
$(B)/gen/ref_programs.c: $(CMD_SRC) Makefile
	@mkdir -p $(@D)
	@{ echo '/* made by the Makefile */'; echo '#include "ref/platform/platform.h"'; echo '#include "sim/calls.h"'; echo '#include "sim/login.h"'; echo '#include "sim/shell.h"'; \
	  for p in $(PROGRAMS); do echo "extern const struct program $${p}_program;"; done; \
	  echo 'extern const struct program *const ref_programs[];'; \
	  echo 'const struct program *const ref_programs[] = {'; \
	  for p in $(PROGRAMS); do echo "	&$${p}_program,"; done; echo '	&login_program,'; echo '	&sh_program,'; echo '	&mkdir_program,'; echo '	&rmdir_program,'; echo '	NULL,'; echo '};'; } > $@

$(B)/obj/ref/cmd/main-%.o: ref/cmd/main.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(BASE) $(CFLAGS) $(INCLUDE) -DPROGRAM=$*_program -MMD -MP -c $< -o $@

# Once as programs of this machine, and once for guests, where linking at each start would cost most of the time that small programs take.
$(foreach d,bin static,$(addprefix $(B)/$(d)/,$(LINKED))): $(call obj,$(LINK_SRC))
$(foreach d,bin static,$(B)/$(d)/seagent): $(call obj,$(PASSWORD_SRC))
$(foreach d,bin static,$(addprefix $(B)/$(d)/,$(PROGRAMS))): $(REF_LIBS)
$(addprefix $(B)/bin/,$(PROGRAMS)): $(B)/bin/%: $(B)/obj/ref/cmd/main-%.o
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) $(LIBS) -o $@
# PAM loads its modules; nothing else loads anything, so the linker's warnings of that do not apply.
$(addprefix $(B)/static/,$(PROGRAMS)): $(B)/static/%: $(B)/obj/ref/cmd/main-%.o
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(GUEST_LDFLAGS) $(if $(filter seagent,$*),,-static -Wl,--no-warnings) $(filter %.o,$^) $(filter %.a,$^) $(ARCHIVES) $(if $(filter seagent,$*),$(PAM_LIBS)) -o $@

$(B)/bin/fillfs $(B)/bin/fillctl: $(B)/bin/%: $(B)/obj/fuse_fs/%.o $(B)/libfill.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) $^ $(FUSE_LIBS) -o $@

$(B)/bin/guest: $(B)/obj/vm-images/guest_main.o $(B)/libguest.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) $^ $(LIBS) -o $@

$(B)/bin/sim: $(B)/obj/sim/explore_main.o $(ALL_LIBS) $(call obj,$(LINK_SRC))
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) $(filter %.o,$^) -Wl,--start-group $(ALL_LIBS) -Wl,--end-group $(LIBS) -o $@

# What login programs load: it has to be position-independent, and links nothing of the reference.
PAM_MODULE := $(B)/lib/pam_seos.so
$(B)/lib/pam_seos.so: ref/pam/pam_seos.c
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(BASE) $(CFLAGS) -fPIC -shared -Wl,-z,relro,-z,now $< $(PAM_MODULE_LIBS) -o $@

# What begins login sessions for cases.
$(B)/bin/session: $(B)/obj/conformance/targets/session.o
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) $^ $(PAM_LIBS) -o $@

# --- the suite: the specification as a table, the cases, the runner

$(B)/bin/spec_table: $(call obj,conformance/spec/spec_table.c $(SPEC_SRC))
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@

# Runs on this machine, whatever is built.
SPEC_TABLE := $(if $(ARCH),build,$(B))/bin/spec_table

$(B)/gen/spec_table.c: SPEC.md $(SPEC_TABLE)
	@mkdir -p $(@D)
	$(call say,SPEC)
	$(Q)$(SPEC_TABLE) --table $@ SPEC.md

# Every id cited in the tree exists; every requirement has a case, a reason or the mark "not yet".
SPEC_CITING := $(sort $(wildcard ref/*/*.[ch] kmod/*.[chS] kmod/*/*.[chS] sim/*.[ch] fuse_fs/*.[ch] vm-images/*.[ch] \
               conformance/*.[ch] conformance/*/*.[ch]) $(CASE_SRC))
$(B)/spec.ok: SPEC.md $(SPEC_TABLE) $(SPEC_CITING)
	$(call say,SPEC)
	$(Q)$(SPEC_TABLE) --check SPEC.md $(SPEC_CITING)
	@touch $@

.PHONY: spec-marks
spec-marks: $(B)/bin/spec_table ## put the "not yet" marks of SPEC.md right after adding cases
	@$(B)/bin/spec_table --mark SPEC.md $(SPEC_CITING)

$(B)/obj/conformance/target/sim.o: ref/etc/seos.ini

$(B)/bin/conform: $(call obj,conformance/main.c $(CASE_SRC)) $(ALL_LIBS) | $(B)/spec.ok
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(RUNNER_LDFLAGS) $(call obj,conformance/main.c $(CASE_SRC)) -Wl,--start-group $(ALL_LIBS) -Wl,--end-group $(RUNNER_LIBS) -o $@

# --- guests and the kernel extension, which is built against the headers of the guest's own kernel

GUEST_INIT  := build/guest/init.$(GUEST_ARCH)

KMOD     := build/kmod/$(GUEST)
CYCLES   ?= 5

KMOD_SRC := $(wildcard kmod/*.[chS] kmod/Kbuild kmod/*.def kmod/uapi/*.h kmod/arch/*/*.[chS]) ref/core/unload.c ref/core/unload.h
KMAKE     = $(MAKE) -s -C $$(cat build/guest/$(GUEST)/kdir) M=$(CURDIR)/$(KMOD) CROSS_COMPILE=$(CROSS) CC=$(CROSS)gcc CONFIG_DEBUG_INFO_BTF_MODULES=
KMAKE_HERE = $(subst M=$(CURDIR)/$(KMOD),M=$(CURDIR)/$(@D),$(KMAKE))

# What runs as /init of every guest of an architecture.
build/guest/init.%: vm-images/init.c vm-images/protocol.h
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CROSS_$*)gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -I. -static -s $< -o $@

build/guest/$(GUEST)/kdir: vm-images/guests/$(GUEST).ini | build/bin/guest
	$(call say,GET)
	$(Q)build/bin/guest build $(GUEST)
	@touch $@

# Kbuild builds where the sources are, so it gets copies.
$(KMOD)/SEOS_syscall.ko: $(KMOD_SRC) build/guest/$(GUEST)/kdir
	@mkdir -p $(KMOD)/core
	@cp -Rpu kmod/*.[ch] kmod/*.def kmod/Kbuild kmod/arch kmod/uapi $(KMOD)/ && cp -pu ref/core/unload.[ch] $(KMOD)/core/
	$(call say,KMOD)
	+$(Q)$(KMAKE) modules
	@touch $@

BATTERY_SRC := $(filter-out %/battery32.c,$(wildcard kmod/battery/*.c)) kmod/bpf.c
# The same extension with another interface version, for those who have to refuse it.
$(KMOD)/other/SEOS_syscall.ko: $(KMOD_SRC) build/guest/$(GUEST)/kdir
	@mkdir -p $(@D)/core
	@cp -Rpu kmod/. $(@D)/ && cp -pu ref/core/unload.[ch] $(@D)/core/
	@sed -i 's/^#define SEOS_ABI .*/#define SEOS_ABI 9999U/' $(@D)/uapi/SEOS_syscall.h
	$(call say,KMOD)
	+$(Q)$(KMAKE_HERE) modules
	@touch $@

# A clock that leaps, for guests whose kernel ticks while it idles.
LEAP := $(if $(filter i386 s390x,$(GUEST_ARCH)),$(KMOD)/leap/leap.ko)
$(KMOD)/leap/leap.ko: kmod/leap/leap.c kmod/leap/Kbuild build/guest/$(GUEST)/kdir
	@mkdir -p $(@D)
	@cp -pu kmod/leap/* $(@D)/
	$(call say,KMOD)
	+$(Q)$(KMAKE_HERE) modules
	@touch $@

$(KMOD)/battery: $(BATTERY_SRC) $(wildcard kmod/*.h kmod/battery/*.h kmod/uapi/*.h)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CROSS)gcc -std=c17 -O2 -Wall -Wextra -Werror -static -pthread -Ikmod $(BATTERY_SRC) -o $@

$(KMOD)/battery32: kmod/battery/battery32.c
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC_32) -O2 -Wall -Wextra -Werror -ffreestanding -nostdlib -static -fno-stack-protector -fno-pie -no-pie $< -o $@

# What a kernel or a machine could break.
KERNEL_CASES := 'kernel/*' 'secons/scan/*' 'secons/unload/*' 'log/format/*'

# A kernel that looks for mistakes, from Debian's sources.
DEBUG_GUEST := x86_64-6.1-debug
DEBUG_LINUX := build/debug/linux
$(DEBUG_LINUX)/vmlinuz: vm-images/debug.config
	@ci/bootstrap debug
	@rm -rf $(DEBUG_LINUX) build/guest/$(DEBUG_GUEST) && mkdir -p $(DEBUG_LINUX)
	$(call say,GET)
	@tar -C $(DEBUG_LINUX) --strip-components=1 -xf /usr/src/linux-source-6.1.tar.xz
	@$(MAKE) -s -C $(DEBUG_LINUX) allnoconfig KCONFIG_ALLCONFIG=$(CURDIR)/$< >/dev/null
	$(call say,LINUX)
	+@nice $(MAKE) -s -C $(DEBUG_LINUX) $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$$(nproc)) bzImage modules
	@cp $(DEBUG_LINUX)/arch/x86/boot/bzImage $@
build/guest/$(DEBUG_GUEST)/kdir: $(DEBUG_LINUX)/vmlinuz

.PHONY: kmod guest-image check-kmod check-guests kernel-debug check-kernel-debug check-cycles lint-kmod model
kmod: $(KMOD)/SEOS_syscall.ko ## the kernel extension for GUEST (default x86_64-6.1)
guest-image: build/root/$(GUEST).ok $(GUEST_INIT) ## everything that GUEST needs for the suite
check-kmod: $(KMOD)/SEOS_syscall.ko $(KMOD)/battery $(KMOD)/battery32 build/bin/guest $(GUEST_INIT) ## the kernel extension's battery in a guest, by each way of hooking
	@for mechanism in direct ipmodify; do echo "mechanism=$$mechanism"; \
	    build/bin/guest run $(GUEST) --add $(KMOD)/SEOS_syscall.ko:/SEOS_syscall.ko --add $(KMOD)/battery:/battery \
	    --add $(KMOD)/battery32:/battery32 --console build/kmod/console.log -- \
	    /battery /SEOS_syscall.ko /battery32 $(CYCLES) mechanism=$$mechanism || exit 1; done
	@echo "removed by force, from within a hooked call"
	@build/bin/guest run $(GUEST) --taint 12296 --add $(KMOD)/SEOS_syscall.ko:/SEOS_syscall.ko -- \
	    sh -c 'for how in auto ipmodify; do insmod /SEOS_syscall.ko mechanism=$$how && rmmod -f SEOS_syscall || exit 1; done'
check-guests: ## the same on every kernel and machine in vm-images/guests, and what of the suite concerns the kernel
	@ci/bootstrap guests
	@for guest in $(GUESTS); do echo "guest=$$guest"; \
	    $(MAKE) -s check-kmod guest-image GUEST=$$guest && \
	    build/bin/conform run --set target.guest=$$guest --set capabilities.logins=no $(KERNEL_CASES) || exit 1; done
kernel-debug: ## the battery on a kernel that looks for mistakes (built once, in minutes), and coverage of kmod/
	@$(MAKE) -s check-kernel-debug GUEST=$(DEBUG_GUEST)
check-kernel-debug: $(KMOD)/SEOS_syscall.ko $(KMOD)/battery $(KMOD)/battery32 build/bin/guest $(GUEST_INIT)
	@ci/kernel-debug
check-cycles: $(KMOD)/SEOS_syscall.ko $(KMOD)/battery $(KMOD)/battery32 build/bin/guest $(GUEST_INIT) ## 10,000 times loaded and unloaded under stress-ng, going on where it was ended: an hour of processor time
	@ci/bootstrap cycles
	@CYCLES=$(if $(filter file,$(origin CYCLES)),10000,$(CYCLES)) GUEST=$(GUEST) nice ci/cycles
model: ## the unload protocol in every order of steps, by spin
	@ci/model kmod/model/unload.pml build/model
lint-kmod: $(KMOD)/SEOS_syscall.ko
	@touch $(KMOD)/*.c
	+$(KMAKE) C=2 CF='-D__CHECK_ENDIAN__ -Werror' modules

# --- installation, as the documents place it: under DESTDIR

PAMSC     := /opt/CA/PAMSC
SBIN      := audsys audomon audisp audpack diskaudit
INIT_D    := auditing
PAMSC_BIN := $(filter-out $(SBIN) $(INIT_D),$(PROGRAMS))

FROM      := $(B)/bin

.PHONY: install
install: $(addprefix $(FROM)/,$(PROGRAMS)) $(addprefix $(B)/bin/,fillfs fillctl) $(PAM_MODULE) ## the reference under DESTDIR
	@install -d $(addprefix $(DESTDIR)$(PAMSC)/,bin etc log exits/LOAD) $(addprefix $(DESTDIR)/,usr/sbin etc/rc.config.d var/run)
	@install -d -m 700 $(addprefix $(DESTDIR),$(PAMSC)/seosdb /.secure/etc /var/.audit)
	@install -m 755 $(addprefix $(FROM)/,$(PAMSC_BIN)) $(DESTDIR)$(PAMSC)/bin
	@install -m 755 $(addprefix $(FROM)/,$(filter $(SBIN),$(PROGRAMS))) $(DESTDIR)/usr/sbin
	@install -m 644 ref/etc/seos.ini $(DESTDIR)$(PAMSC)/seos.ini
	@install -D -m 644 -t $(DESTDIR)$(PAMSC)/lib $(PAM_MODULE)
	@install -D -m 644 ref/etc/pam-seagent $(DESTDIR)/etc/pam.d/seagent
	@install -m 644 ref/etc/auditing $(DESTDIR)/etc/rc.config.d/auditing
	@install -D -m 755 -t $(DESTDIR)/usr/bin $(B)/bin/fillfs $(B)/bin/fillctl
	@install -D -m 644 -t $(DESTDIR)/usr/share/man/man1 fuse_fs/fillfs.1 fuse_fs/fillctl.1
	@install -D -m 755 -t $(DESTDIR)/sbin/init.d $(addprefix $(FROM)/,$(INIT_D))

# What cases are run with beside the runner, which brings itself along; for guests of another machine the runner, the program whose calls
# have 32 bits, and the libraries that other guests are given with each program.
.PHONY: install-runner
install-runner: $(B)/bin/session $(if $(ARCH),$(B)/bin/conform $(KMOD)/battery32)
	@install -D -t $(DESTDIR)/conform $^
ifdef ARCH
	@install -D -t $(DESTDIR)/lib/$(TRIPLET) $(addprefix $(SYSROOT)/../lib/$(TRIPLET)/,libc.so.6 libm.so.6 libgcc_s.so.1 ld*.so.* \
	    libpam.so.0 libaudit.so.1 libcap-ng.so.0) $(SYSROOT)/lib/$(TRIPLET)/libcmocka.so.0
	@cp -P $(SYSROOT)/../lib/ld*.so.* $(DESTDIR)/lib/
endif

# What a guest is given: the installed reference, the kernel extension and the fill file system.
ROOT    := build/root/$(GUEST)
FOREIGN := $(if $(CROSS),ARCH=$(GUEST_ARCH))
# What debuggers want is most of a module, and would be read each time it is loaded.
PLACE_KO := $(CROSS)strip --strip-debug -o
$(ROOT).ok: $(BIN) $(addprefix $(B)/static/,$(PROGRAMS)) $(PAM_MODULE) $(KMOD)/SEOS_syscall.ko $(KMOD)/other/SEOS_syscall.ko $(LEAP) $(wildcard ref/etc/*)
	@rm -rf $(ROOT)
	@$(MAKE) -s $(FOREIGN) install install-runner FROM='$$(B)/static' DESTDIR=$(ROOT)
	@mkdir -p $(ROOT)/conform/other
	@$(PLACE_KO) $(ROOT)$(PAMSC)/bin/SEOS_syscall.ko $(KMOD)/SEOS_syscall.ko
	@$(PLACE_KO) $(ROOT)/conform/other/SEOS_syscall.ko $(KMOD)/other/SEOS_syscall.ko
	$(if $(LEAP),@$(PLACE_KO) $(ROOT)/conform/leap.ko $(LEAP))
	@touch $@

# --- unit tests: NAME_test.c beside NAME.c

$(filter $(B)/test/fuse_fs/%,$(TESTS)): | $(B)/bin/fillfs $(B)/bin/fillctl

$(TESTS) $(GUEST_TESTS): $(B)/test/%: $(B)/obj/%.o $(ALL_LIBS) $(call obj,$(LINK_SRC))
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) $(filter %.o,$^) -Wl,--start-group $(ALL_LIBS) -Wl,--end-group $(LIBS) -o $@

.PHONY: tests guest-tests
tests: $(TESTS)
guest-tests: $(GUEST_TESTS)

# --- habits

LINT_C   := $(sort $(wildcard ref/*/*.c sim/*.c fuse_fs/*.c vm-images/*.c conformance/*.c conformance/*/*.c) $(CASE_SRC))
LINT_H   := $(sort $(wildcard ref/*/*.h sim/*.h fuse_fs/*.h vm-images/*.h conformance/*.h conformance/*/*.h kmod/uapi/*.h))
LINT_SH  := $(filter-out ci/corpus ci/pipelines,$(wildcard ci/* .ci/run)) $(wildcard conformance/targets/monitor/*) conformance/targets/setup
TIDY     := $(patsubst %.c,build/lint/%.tidy,$(filter-out %_test.c %_fuzz.c,$(LINT_C)))
CPPCHECK := cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,performance,portability \
            --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=ctuuninitvar --suppress=readdirCalled --suppress=getpwnamCalled \
            --suppress=getcontextCalled --suppress=makecontextCalled --suppress=swapcontextCalled --library=posix --library=gnu -D__GNUC__ -D__x86_64__ -I.

build/lint/%.tidy: %.c .clang-tidy $(LINT_H) | build/gen/spec_table.c
	@mkdir -p $(@D)
	@printf '  TIDY %s\n' $<
	@clang-tidy --quiet $< -- -std=c17 -D_GNU_SOURCE -I. -Ibuild/gen $(FUSE_CFLAGS) -DPROGRAM=secons_program 2>$@.err || { cat $@.err; exit 1; }
	@rm -f $@.err; touch $@

.PHONY: lint lint-format lint-tidy lint-cppcheck lint-shell
lint: lint-format lint-shell lint-cppcheck lint-tidy lint-kmod ## format, clang-tidy, cppcheck, sparse, shellcheck, banned functions
lint-format:
	clang-format --dry-run -Werror $(LINT_C) $(LINT_H)
	ci/banned
lint-tidy: $(TIDY)
lint-cppcheck:
	$(CPPCHECK) $(filter-out %_test.c %_fuzz.c,$(LINT_C))
lint-shell:
	shellcheck $(LINT_SH)

# Each of the project's own tests, in the order in which a failure explains most. Unit tests run under AddressSanitizer and UBSan.
SAN_TESTS := $(patsubst build/%,build/san/%,$(TESTS))

.PHONY: conformance
conformance: ## the whole suite against the reference in the default guest; ARGS goes to conform run
	@ci/conformance $(ARGS)

.PHONY: check
check: ## every test of the project itself
	@$(MAKE) -s -j$$(nproc) all guest-tests guest-image
	@$(MAKE) -s -j$$(nproc) SAN=1 tests all
	@ci/tests step 'specification' 'make -s build/spec.ok' \
	          step 'format, banned functions' 'make -s lint-format' \
	          step 'shellcheck' 'make -s lint-shell' \
	          step 'cppcheck' 'make -s lint-cppcheck' \
	          step 'clang-tidy' 'make -s -k -j$$(nproc) lint-tidy' \
	          step 'sparse' 'make -s lint-kmod' \
	          $(foreach t,$(SAN_TESTS),cmocka $(t)) \
	          step 'model of unloading' 'make -s model' \
	          step 'coverage of ref/core' 'make -s coverage' \
	          step 'suite against the simulated target' 'build/san/bin/conform run --target sim' \
	          step 'explorer under valgrind' 'make -s memcheck-explore' \
	          $(foreach t,$(GUEST_TESTS),cmocka $(t)) \
	          step 'kernel extension in a guest' 'make -s check-kmod' \
	          step 'platform door in a guest' 'make -s check-platform' \
	          step 'suite against Linux auditd' 'make -s check-auditd' \
	          step 'suite against rsyslog' 'make -s check-rsyslog'

# What sanitizers do not see: values that nobody has set. Cases leave their memory to the end of their process, so leaks are looked for in the
# explorer alone, in which the programs end as they do anywhere. What is found stands in build/report/valgrind.log.
MEMCHECK     := valgrind -q --error-exitcode=9 --log-file=build/report/valgrind.log
MEMCHECK_SEEDS := 10

.PHONY: memcheck memcheck-explore memcheck-daemons
memcheck-explore: build/bin/sim ## the programs in the explorer under valgrind
	@mkdir -p build/report
	@$(MEMCHECK) --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
	    build/bin/sim explore --seeds $(MEMCHECK_SEEDS) || { cat build/report/valgrind.log; exit 1; }
memcheck-daemons: $(BIN) ## the daemons, real processes, under valgrind: as root
	@ci/memcheck-daemons
memcheck: memcheck-explore memcheck-daemons build/bin/conform ## both, and the whole suite in the simulator: minutes
	@$(MEMCHECK) build/bin/conform run --target sim || { cat build/report/valgrind.log; exit 1; }

FSX_STEPS := 20000

.PHONY: fsx
fsx: ## random operations on fillfs against a model, FSX_STEPS (default 20000) of them, with a new seed each time
	@$(MAKE) -s SAN=1 build/san/test/fuse_fs/random_test
	@FILLFS_SEED=$$(date +%s) FILLFS_STEPS=$(FSX_STEPS) build/san/test/fuse_fs/random_test

.PHONY: check-auditd check-rsyslog
check-auditd: FOREIGN_CASES := overflow/*
check-rsyslog: FOREIGN_CASES := overflow/full/*
check-auditd check-rsyslog: check-%: all guest-image ## Linux auditd and rsyslog, which this project did not make, in the default guest
	@build/bin/conform run --target $* --junit build/report/$*.xml '$(FOREIGN_CASES)'

.PHONY: check-platform
check-platform: build/test/ref/platform/platform_test guest-image ## the contract of the platform door, with the kernel extension, in the default guest
	@build/bin/guest run $(GUEST) --add $(KMOD)/SEOS_syscall.ko:/SEOS_syscall.ko --add $<:/platform_test -- sh -c 'insmod /SEOS_syscall.ko && /platform_test extension'

.PHONY: coverage
coverage: ## line coverage by unit tests: build/report/coverage.html; ref/core has to reach 95 %
	@$(MAKE) -s -j$$(nproc) COV=1 run-coverage

.PHONY: run-coverage
run-coverage: $(TESTS)
	@find build/cov -name '*.gcda' -delete
	@for t in $(TESTS); do $$t >/dev/null 2>&1 || { echo "$$t fails"; exit 1; }; done
	@mkdir -p build/report
	@gcovr -r . --object-directory build/cov -f 'ref/' -f 'sim/' -f 'conformance/' -f 'fuse_fs/' -e '.*_test\.c' \
	       --html-details build/report/coverage.html -s | grep '^lines' | sed 's/^/whole tree: /'
	@gcovr -r . --object-directory build/cov -f 'ref/core/' -e '.*_test\.c' -s --txt build/report/coverage-core.txt --fail-under-line 95 \
	       | grep '^lines' | sed 's/^/ref\/core: /'

# --- fuzzing: NAME_fuzz.c beside NAME.c is a libFuzzer program, build/fuzz/NAME, whose seeds stand in ci/corpus/NAME

FUZZ_SRC := $(wildcard ref/*/*_fuzz.c conformance/*_fuzz.c conformance/*/*_fuzz.c vm-images/*_fuzz.c fuse_fs/*_fuzz.c)
fuzzer    = $(B)/$(notdir $(1:_fuzz.c=))
FUZZERS  := $(foreach f,$(FUZZ_SRC),$(call fuzzer,$(f)))

define fuzz_program
$(call fuzzer,$(1)): $(call obj,$(1)) $(ALL_LIBS)
	$$(call say,LD)
	$$(Q)$$(CC) $$(LDFLAGS) -fsanitize=fuzzer $$< -Wl,--start-group $$(ALL_LIBS) -Wl,--end-group $$(LIBS) -o $$@
endef
$(if $(FUZZ),$(foreach f,$(FUZZ_SRC),$(eval $(call fuzz_program,$(f)))))

.PHONY: fuzz fuzz-programs
fuzz-programs: $(FUZZERS)
fuzz: ## each parser of foreign input against random input for FUZZ_SECONDS (default 20)
	@ci/bootstrap fuzz
	@$(MAKE) -s -j$$(nproc) FUZZ=1 fuzz-programs
	@ci/fuzz $(notdir $(FUZZ_SRC:_fuzz.c=))

# --- measuring: NAME_bench.c beside NAME.c does something often, ci/bench counts instructions or takes ratios

BENCH_SRC := $(wildcard ref/*/*_bench.c sim/*_bench.c fuse_fs/*_bench.c)
BENCHES   := $(patsubst %.c,$(B)/bench/%,$(notdir $(BENCH_SRC)))

define bench_program
$(B)/bench/$(notdir $(1:.c=)): $(call obj,$(1)) $(ALL_LIBS)
	@mkdir -p $$(@D)
	$$(call say,LD)
	$$(Q)$$(CC) $$(LDFLAGS) $$< -Wl,--start-group $$(ALL_LIBS) -Wl,--end-group $$(LIBS) -lm -o $$@
endef
$(foreach f,$(BENCH_SRC),$(eval $(call bench_program,$(f))))

$(KMOD)/cost: kmod/cost.c kmod/peers.c kmod/bpf.c kmod/peers.h kmod/bpf.h kmod/uapi/SEOS_syscall.h
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) -O2 -Wall -Wextra -Werror -static -pthread -Ikmod kmod/cost.c kmod/peers.c kmod/bpf.c -o $@

.PHONY: bench bench-programs
bench-programs: $(BENCHES) $(BIN) $(B)/test/ref/cmd/diskaudit_test $(KMOD)/SEOS_syscall.ko $(KMOD)/cost
bench: ## what things cost: a table, and build/report/bench.json
	@ci/bootstrap bench
	@$(MAKE) -s -j$$(nproc) bench-programs
	@GUEST=$(GUEST) ci/bench

# A minimal Debian root, a clone of this checkout in it, and both commands with nothing installed before.
FRESH := build/fresh
.PHONY: fresh
fresh: ## both commands in a fresh minimal Debian root (as root)
	ci/fresh $(FRESH)

.PHONY: clean
clean: ## remove what was built (downloads of guests stay)
	rm -rf build/bin build/obj build/test build/gen build/san build/cov build/*.a

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
