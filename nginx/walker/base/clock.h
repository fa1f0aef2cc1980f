/* What time it is. */
#ifndef HW_CLOCK_H
#define HW_CLOCK_H

#include <stdint.h>

/* Nanoseconds on the monotonic clock, which no one sets: for durations and deadlines. */
uint64_t clock_monotonic_ns(void);
/* Milliseconds since 1970, as time of day has it. */
uint64_t clock_unix_ms(void);

#endif
