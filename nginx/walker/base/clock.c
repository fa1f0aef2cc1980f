#define _GNU_SOURCE
#include "base/clock.h"

#include <time.h>

enum { NS_PER_MS = 1000000 };

static uint64_t read_ns(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (uint64_t)t.tv_sec * 1000u * NS_PER_MS + (uint64_t)t.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

uint64_t clock_unix_ms(void)
{
	return read_ns(CLOCK_REALTIME) / NS_PER_MS;
}
