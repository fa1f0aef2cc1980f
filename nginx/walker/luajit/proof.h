/*
** The gc.total equation of one VM: the proof that its layout is right, and that it was copied at rest. It may go on
** beside the marking, which changes nothing that the account reads.
*/
#ifndef HW_PROOF_H
#define HW_PROOF_H

#include "luajit/vm.h"

#include <pthread.h>

/* The string table: half of all objects, taken in slices by whoever has time. */
struct string_table {
	const uint8_t *anchors;
	uint64_t buckets, next;		/* next: changed atomically */
	bool failed;			/* as well */
};

/* What one thread has accounted of it. */
struct string_share {
	uint64_t at, end;		/* buckets of its slice */
	struct tally sum, fixed;
	char error[96];			/* empty where all were strings */
};

/* The steps, in this order. Compiled once per variant of object.h; false with vm->error set where one fails. */
struct proof_steps {
	bool (*begin)(struct vm *vm, struct string_table *t);
	bool (*lists)(struct vm *vm);		/* objects on the collector's lists */
	void (*strings)(const struct vm *vm, struct string_table *t, struct string_share *s);	/* any number of threads at once */
	bool (*end)(struct vm *vm, const struct string_share *shares, size_t count);
};

extern const struct proof_steps proof_steps64, proof_steps32, proof_steps64_2017, proof_steps32_2017;

struct proof {
	struct vm vm;			/* with tallies of its own until the end */
	const struct proof_steps *steps;
	struct string_table strings;
	struct string_share shares[2];
	pthread_t thread;
	bool beside, failed, ended;
	bool busy;			/* the thread has not come to its end: changed atomically */
	uint64_t alone_ns;		/* what it took while nothing went on beside it */
};

/* Begin the account: on a thread of its own where the heap is large. */
void proof_start(struct proof *p, const struct vm *vm);
/* The same, as the caller wants it: what the size decides otherwise. */
void proof_start_how(struct proof *p, const struct vm *vm, bool beside);

/*
** Help, wait, and give vm what was accounted: total, fixed, internals, finalizable and foreign. True if the equation holds:
** every object readable, sum == gc.total, string count equal; else vm->error says why not. Asked again, it says the same.
*/
bool proof_end(struct proof *p, struct vm *vm);

#endif
