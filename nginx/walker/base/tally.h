/* How many of something there are, and how large they are together. */
#ifndef HW_TALLY_H
#define HW_TALLY_H

#include <stdint.h>

struct tally {
	uint64_t objects, bytes;
};

#endif
