/* SPDX-License-Identifier: MIT */
/*
 * What launcher and guest say to each other: the run file, laid into the guest's root, tells /init
 * what to do; frames on the results port tell the launcher what happened. Not for the kernel's
 * console, which is plain text for people, and not for what the command itself prints, which
 * travels inside frames unread.
 */
#ifndef VM_IMAGES_PROTOCOL_H
#define VM_IMAGES_PROTOCOL_H

/*
 * The run file: NUL-terminated strings KEY=VALUE, read once, in order.
 *
 *   results=TTY        the results port, below /dev (ttyS1); must come first
 *   module=PATH        load this module; repeated, in order of dependency
 *   hostname=NAME      host name
 *   clock=SECONDS      wall clock, seconds since 1970
 *   last_pid=PID       the next process gets PID + 1
 *   env=NAME=VALUE     environment of the command; repeated
 *   interactive=1      the command talks on the console, not in frames
 *   arg=TEXT           an argument of the command, exactly; repeated, the first is the program
 */
#define RUN_FILE          "/etc/guest.run"

/* Limits of a run file: bytes in all, and arguments, modules and environment strings each. */
#define RUN_FILE_MAX      (128 * 1024)
#define RUN_ITEMS_MAX     256

/* A command writes here (one line a mark) to say that it gets on; /init makes it a frame. */
#define MARK_FIFO         "/run/guest.mark"

/*
 * A frame is a header line KIND BLANK LENGTH LF, LENGTH bytes of payload, LF. Lengths and numbers
 * are decimal.
 *
 *   hello    /init runs; payload: the kernel's release
 *   start    the command is started; no payload
 *   out err  what the command wrote to standard output or standard error
 *   mark     a progress mark
 *   taint    the kernel's taint bits when the command ended
 *   exit     the command ended by itself; payload: its status. The last frame of a run
 *   signal   the command was killed; payload: the signal. The last frame of a run
 *   broken   /init could not do what it was told; payload: why. The last frame of a run
 */
#define FRAME_HEADER_MAX  24
#define FRAME_PAYLOAD_MAX 16384

#endif
