/* SPDX-License-Identifier: MIT */
/*
 * Mutual restart; see watch.h.
 */
#include "ref/core/watch.h"

#define NS_PER_SECOND INT64_C(1000000000)

static int64_t gap_ns(const struct watch *w, int64_t boot_ns)
{
	int64_t oldest_ns = w->starts_ns[w->starts % WATCH_STARTS];
	bool failing =
		w->starts >= WATCH_STARTS && boot_ns - oldest_ns < WATCH_WINDOW_S * NS_PER_SECOND;

	return (failing ? WATCH_SLOW_S : WATCH_GAP_S) * NS_PER_SECOND;
}

int64_t watch_next_ns(int64_t boot_ns)
{
	return WATCH_TICK_S * NS_PER_SECOND - boot_ns % (WATCH_TICK_S * NS_PER_SECOND);
}

bool watch_start(struct watch *w, int64_t boot_ns, bool wanted, bool running)
{
	if (!wanted || running)
		return false;
	if (w->starts > 0) {
		int64_t last_ns = w->starts_ns[(w->starts - 1) % WATCH_STARTS];

		if (boot_ns - last_ns < gap_ns(w, boot_ns))
			return false;
	}
	w->starts_ns[w->starts++ % WATCH_STARTS] = boot_ns;
	return true;
}
