/* SPDX-License-Identifier: MIT */
/*
 * seoswd: a daemon of the ring, started by another one of it, never by hand. Its part so far is to
 * look after the next daemon of the ring (wire/ring.h).
 */
#include "ref/wire/ring.h"

static int seoswd_main(struct program_run *run, int argc, char **argv)
{
	return ring_guard_main(run, argc, argv, PRODUCT_SEOSWD);
}

static const struct daemon_handlers handlers = {
	.start = ring_guard_start,
	.timer = ring_guard_timer,
	.signal = ring_guard_signal,
	.stop = ring_guard_stop,
};

const struct program seoswd_program = {"seoswd", seoswd_main, &handlers};
