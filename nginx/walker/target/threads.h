/* The threads of a process: where their stacks end, and what their registers hold. */
#ifndef HW_THREADS_H
#define HW_THREADS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { THREAD_WORDS = 40 };

struct thread {
	uint64_t stack;			/* the stack pointer; 0: not known, as it was running */
	uint64_t tls;			/* the thread's own storage is around it; 0: not known */
	uint64_t words[THREAD_WORDS];	/* its registers: all of the one that is stopped, of others what their system call was given */
	size_t nwords;
};

struct threads {
	struct thread *list;		/* the one that is stopped first */
	size_t count;
};

/* Called while `pid` stands still. Its other threads are not stopped. What cannot be read is left out. */
void threads_read(struct threads *t, pid_t pid);
void threads_free(struct threads *t);

#endif
