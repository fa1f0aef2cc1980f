/* Pages as heapwalk counts them, whatever size those of the kernel have: its page is a multiple of this (target/pagemap.h). */
#ifndef HW_PAGE_H
#define HW_PAGE_H

#include <stdint.h>

enum { PAGE = 4096 };	/* bytes */

static inline uint64_t page_down(uint64_t address)
{
	return address & ~(uint64_t)(PAGE - 1);
}

static inline uint64_t page_up(uint64_t address)
{
	return page_down(address + PAGE - 1);
}

#endif
