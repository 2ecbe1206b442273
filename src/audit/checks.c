/*
 * Every check, in the order of the report.  An id never changes its meaning;
 * docs/audit.md explains each, and a test compares the two.  In the commands
 * PID is a process of the session and PROGRAM the file of a program.
 */
#include "audit.h"
#include "secchat/util.h"

#define NOW (WHEN_SELF | WHEN_LIVE)
#define LIVING (NOW | OF_SESSION)
#define FILES (NOW | OF_FILES)

/* clang-format off */
const struct check checks[] = {
{ "machine.kernel", "the kernel that all of this rests on",
  "uname -srm", WHEN_ALWAYS, check_kernel },
{ "machine.libraries", "versions of what was built and of what it uses",
  "secchat --version; dpkg -l libseccomp2 libsodium23", WHEN_ALWAYS | OF_FILES,
  check_libraries },
{ "machine.seccomp", "the kernel can end a process for a forbidden call",
  "cat /proc/sys/kernel/seccomp/actions_avail", NOW, check_seccomp_here },
{ "machine.landlock", "the kernel can confine files, ports and signals",
  "dmesg | grep -i landlock", NOW, check_landlock },
{ "machine.core", "what the system does when a program crashes",
  "cat /proc/sys/kernel/core_pattern /proc/sys/fs/suid_dumpable", NOW,
  check_core },
{ "machine.swap", "no text is written to a disk when memory is short",
  "cat /proc/swaps", NOW, check_swap },
{ "machine.yama", "the system's own rule about tracing",
  "cat /proc/sys/kernel/yama/ptrace_scope", NOW, check_yama },

{ "program.hash", "which programs these are",
  "sha256sum PROGRAM", WHEN_ALWAYS | OF_FILES, check_hash },
{ "program.link", "no library that its row does not name",
  "readelf -d PROGRAM | grep NEEDED", FILES, check_link },
{ "program.harden", "nothing in it can be both written and run",
  "readelf -hldW PROGRAM", FILES, check_harden },
{ "program.place", "nobody else can put another program in its place",
  "namei -l PROGRAM", NOW, check_place },
{ "program.window", "nobody can attach before it has confined itself",
  "ls -l PROGRAM", NOW, check_window },

{ "session.start", "every process of a chat was there to be looked at",
  "pgrep -a secchat", LIVING, check_session },
{ "process.holds", "what it has that others must not, and cannot do",
  "secchat audit --policy", LIVING, check_holds },
{ "process.program", "it runs the file that was hashed",
  "ls -lL /proc/PID/exe", LIVING | OF_FILES, check_program },
{ "process.seccomp", "its system calls are filtered",
  "grep Seccomp /proc/PID/status", LIVING, check_seccomp },
{ "process.no-new-privs", "no program it might start gains a privilege",
  "grep NoNewPrivs /proc/PID/status", LIVING, check_nnp },
{ "process.capabilities", "it has no privilege of root",
  "grep Cap /proc/PID/status", LIVING, check_caps },
{ "process.tracer", "nobody traces it",
  "grep TracerPid /proc/PID/status", LIVING, check_tracer },
{ "process.namespaces", "an empty network, no shared memory with others",
  "ls -l /proc/PID/ns; cat /proc/PID/uid_map /proc/PID/net/dev", LIVING,
  check_namespaces },
{ "process.landlock", "files, ports and signals are out of reach",
  "secchat host --log LOG ...; grep applied LOG", LIVING | OF_ACTS,
  check_landlock_told },
{ "process.limits", "no core, no file, no process, few descriptors",
  "cat /proc/PID/limits", LIVING, check_limits },
{ "process.descriptors", "nothing is open but what it needs",
  "ls -l /proc/PID/fd", LIVING, check_fds },
{ "process.libraries", "no code in it but of the files that it links",
  "grep r-xp /proc/PID/maps", LIVING, check_maps },

{ "outside.readv", "its memory cannot be read by a call",
  "gdb -p PID, as the same user", LIVING, check_outside },
{ "outside.mem", "nor through /proc",
  "head -c 1 /proc/PID/mem", LIVING, check_outside },
{ "outside.ptrace", "nor by a debugger",
  "strace -p PID", LIVING, check_outside },
{ "outside.fd", "what it has open cannot be opened from outside",
  "cat /proc/PID/fd/2", LIVING, check_outside },
{ "outside.maps", "where its memory is cannot be learned",
  "cat /proc/PID/maps", LIVING, check_outside },
{ "outside.getfd", "its descriptors cannot be taken",
  "python3: pidfd_getfd by syscall 438", LIVING, check_outside },

{ "keys.memory", "the kind of memory that keys are in",
  "grep secretmem /proc/PID/maps, as root", LIVING, check_key_memory },
{ "keys.locked", "that memory is never swapped",
  "grep VmLck /proc/PID/status", LIVING, check_key_locked },
{ "keys.closed", "nobody has the key file open any more",
  "fuser -v secret.key, as root", WHEN_SELF | OF_SESSION, check_key_closed },
{ "keys.root", "what root sees without running code in the process",
  "gdb -p PID, then x/4xg at /secretmem, as root", LIVING, check_root_reads },

{ "filter.live", "the kernel has the filter that the policy gives",
  "seccomp-tools dump -p PID, as root", LIVING, check_filter },
{ "selftest.acts", "what a policy forbids does not work",
  "build/release/unit/denial", NOW | OF_ACTS, check_selftest },

{ "terminal.filter", "what others write cannot change the terminal",
  "tests/run terminal", NOW, check_terminal },
{ "terminal.tmux", "tmux lets nothing through around it",
  "tmux show-options -gv allow-passthrough", NOW, check_tmux },

{ "files.folder", "nobody else can write where the identity is",
  "ls -ld ~/.local/share/secchat", NOW, check_folder },
{ "files.identity", "nobody else can read this computer's identity",
  "ls -l ~/.local/share/secchat/identity", NOW, check_identity },
{ "files.peers", "nobody else can read who is remembered",
  "ls -l ~/.local/share/secchat/peers", NOW, check_peers },
{ "files.key", "nobody else can read the key file",
  "ls -l secret.key", NOW, check_key_files },
};
/* clang-format on */
const size_t checks_len = ARRAY_LEN(checks);
