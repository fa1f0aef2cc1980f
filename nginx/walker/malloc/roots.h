/*
** Where the pointers of a process begin that are not in Lua: what its image has no copy of is copied while it stands
** still (written pages of the program's and libraries' data, the main stack, registers), the rest is in the image.
*/
#ifndef HW_ROOTS_H
#define HW_ROOTS_H

#include "image/claims.h"
#include "image/zero-data.h"
#include "malloc/holders.h"
#include "target/threads.h"

/* Bytes of the process that were copied for this alone. */
struct root_copy {
	uint64_t start, size;
	uint8_t *bytes;			/* in the block of them all */
	size_t area;			/* of the list that it was read by */
};

struct roots {
	struct root_copy *list;
	size_t count, room;
	uint8_t *block;			/* their bytes, one after another */
	struct threads threads;
	bool failed;			/* memory ran out, or a page could not be read */
};

/* While the process stands still; first. */
void roots_read_threads(struct roots *r, pid_t pid);
/* While it still does, or from a clone that was made of it then. */
void roots_read_memory(struct roots *r, const struct areas *areas, pid_t pid);
void roots_free(struct roots *r);

/* Take memory out of what was copied: the allocator's own lists hold nothing. */
void roots_forget(struct roots *r, uint64_t start, uint64_t end);
/* The copy of memory that was copied, or is in the image; NULL where not all of it is in one of them. */
const uint8_t *roots_at(const struct roots *r, const struct image *im, uint64_t address, uint64_t size);
/* The word at an address that was copied, or is in the image; 0 where it is in neither. */
uint64_t roots_word(const struct roots *r, const struct image *im, uint64_t address);

/* Data of libraries, or of the program and nginx's modules, each by its file's name. */
void roots_hold_libraries(struct holders *h, const struct roots *r, const struct areas *areas, const struct zero_data_list *zero_data,
		    const struct image *im);
void roots_hold_program(struct holders *h, const struct roots *r, const struct areas *areas, const struct zero_data_list *zero_data,
		  const struct image *im);
/* The main thread's, in what no claim explains: the kernel may have joined its mapping to one of a Lua heap. The claims are all that were made. */
void roots_hold_local_storage(struct holders *h, const struct roots *r, const struct claims *c, const struct image *im);
/* What is left once nobody else comes: stacks, registers, and memory that no claim explains. */
void roots_hold_rest(struct holders *h, const struct roots *r, const struct claims *c, const struct image *im);

#endif
