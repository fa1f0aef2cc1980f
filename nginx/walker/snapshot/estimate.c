#define _GNU_SOURCE
#include "snapshot/estimate.h"
#include "target/areas.h"
#include "freeze/freeze.h"
#include "zones/zone-copy.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SAMPLE = 8 << 20,
	STEP = 1 << 20,
	STOP_AND_GO_US = 500,			/* signals, counters, what does not depend on size */
	USUAL_BYTES_PER_US = 2500,		/* where there is nothing large enough to try */
	SECOND_THREAD_PERCENT = 160,		/* what two threads copy in the time of one */
	CLONE_PER_SMAPS = 3,			/* cloning goes over the pages that smaps counts: 2.0 to 2.4 times as long, measured */
};

/* The largest piece of memory that is wholly resident: reading it brings nothing in. */
static const struct area *sample_area(const struct areas *areas)
{
	const struct area *best = NULL;

	for (size_t i = 0; i < areas->count; i++) {
		const struct area *a = &areas->list[i];

		if (area_in_image(a) && a->rss == a->m.end - a->m.start && a->rss >= STEP && (!best || a->rss > best->rss))
			best = a;
	}
	return best;
}

static uint64_t bytes_per_us(const struct area *a, pid_t pid)
{
	uint64_t size = a ? a->rss : 0, done = 0, began, took;
	uint8_t *to = size ? malloc(STEP) : NULL;

	if (!to)
		return USUAL_BYTES_PER_US;
	memset(to, 0, STEP);
	began = clock_monotonic_ns();
	while (done + STEP <= size && done < SAMPLE && memory_read(pid, raddr(a->m.start + done), to, STEP) == 0)
		done += STEP;
	took = (clock_monotonic_ns() - began) / 1000;
	free(to);
	return done && took ? done / took + 1 : USUAL_BYTES_PER_US;
}

/* Of shared zones what is in use is copied, which is no more than what is resident but for what other workers wrote. */
static uint64_t zone_bytes_most(const struct areas *areas)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < areas->count; i++)
		if (areas->list[i].m.shared)
			bytes += areas->list[i].rss;
	return bytes < ZONE_COPY_MOST ? bytes : ZONE_COPY_MOST;
}

int estimate_pause(struct estimate *e, pid_t pid, bool heap_only, bool fork)
{
	const uint64_t began = clock_monotonic_ns();
	uint64_t smaps_us, rate, zone_bytes;
	struct areas areas;

	memset(e, 0, sizeof(*e));
	if (areas_read(&areas, pid) != 0)
		return -1;
	smaps_us = (clock_monotonic_ns() - began) / 1000;
	for (size_t i = 0; i < areas.count; i++)
		if (area_in_image(&areas.list[i]))
			e->copy_bytes += areas.list[i].rss;
	zone_bytes = heap_only ? 0 : zone_bytes_most(&areas);
	e->copy_bytes += zone_bytes;
	rate = bytes_per_us(sample_area(&areas), pid);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		rate = rate * SECOND_THREAD_PERCENT / 100;
	if (fork)	/* and a second stop, for what is left of the clone */
		e->pause_us = 2 * STOP_AND_GO_US + (1 + CLONE_PER_SMAPS) * smaps_us + zone_bytes / rate;
	else	/* smaps, and the page map that costs about half of it */
		e->pause_us = STOP_AND_GO_US + smaps_us + smaps_us / 2 + e->copy_bytes / rate;
	areas_free(&areas);
	return 0;
}
