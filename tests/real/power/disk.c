/* A disk that fails, for tests: preloaded (ld.so(8), LD_PRELOAD) under a program, it stands between
 * that and the files below one directory.
 *
 * Laws:
 *
 * - All that changes a file or a directory is appended to a log, with the data; `ledger.py` tells
 *   from it what a power loss would have left, at any moment at which the program was killed. What
 *   is written to the log outlives the program.
 * - A file counts as synced up to where the log was when fsync was called; fsync(2) says nothing
 *   of what is written while it works. The disk of this machine is not asked to sync: it is not what
 *   is tested, and the tests are faster.
 * - An fsync that fails has lost what it should have written: Linux takes the pages for clean, shows
 *   them to whoever reads, and never tries again (fsync(2), "EIO").
 * - Faults are switched by a file in shared memory (struct control), from outside, at any time.
 * - Memory maps are not seen. SQLite maps the index of its log alone (-shm), which it makes anew.
 */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

/* As `disk.py` writes it: 32-bit numbers. */
struct control {
    volatile int32_t write_error;  /* errno of all that changes a file; 0 for none */
    volatile int32_t grow_error;   /* errno of what makes a file longer, or a new one */
    volatile int32_t sync_error;   /* errno of fsync */
    volatile int32_t hangs;        /* while this is set, no write and no fsync comes back */
    volatile int32_t sync_micros;  /* how long an fsync takes */
    volatile int32_t dies_at;      /* the operation, counted from 1, at which the program is killed */
    volatile int32_t operations;   /* how many there were */
    volatile int32_t hanging;      /* how many hang now */
};

enum kind { CREATED = 1, WRITTEN, TRUNCATED, SYNCED, DROPPED, RENAMED, UNLINKED, MADE };

/* As `ledger.py` reads it, followed by `first` and `second` bytes. */
struct entry {
    uint64_t kind;
    uint64_t inode;
    uint64_t number;  /* WRITTEN: where; TRUNCATED: how long; SYNCED, DROPPED: up to where in
                         the log */
    uint64_t first;   /* bytes: a path, or the data */
    uint64_t second;  /* bytes: RENAMED: the other path */
};

#define FILES 65536

static struct { uint64_t inode; int open; } files[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct control idle, *control = &idle;
static char root[PATH_MAX];
static size_t root_length;
static int ledger = -1;

#define REAL(result, name, ...) \
    static result (*real_##name)(__VA_ARGS__); \
    static void find_##name(void) { \
        if (!real_##name) real_##name = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name); \
    }

REAL(int, openat64, int, const char *, int, ...)
REAL(ssize_t, write, int, const void *, size_t)
REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t)
REAL(int, ftruncate64, int, off64_t)
REAL(int, fsync, int)
REAL(int, fdatasync, int)
REAL(int, renameat, int, const char *, int, const char *)
REAL(int, unlinkat, int, const char *, int)
REAL(int, mkdirat, int, const char *, mode_t)
REAL(int, close, int)
REAL(int, dup, int)
REAL(int, dup2, int, int)
REAL(int, dup3, int, int, int)

static void fail(const char *what)
{
    dprintf(2, "the disk of the test: %s: %s\n", what, strerror(errno));
    abort();
}

__attribute__((constructor)) static void start(void)
{
    find_openat64(); find_write(); find_pwrite64(); find_ftruncate64(); find_fsync();
    find_fdatasync(); find_renameat(); find_unlinkat(); find_mkdirat(); find_close();
    find_dup(); find_dup2(); find_dup3();
    const char *directory = getenv("TEST_DISK_ROOT"), *log = getenv("TEST_DISK_LEDGER");
    const char *switches = getenv("TEST_DISK_CONTROL");
    if (!directory || !log || !switches)
        return;
    if (!realpath(directory, root))
        fail(directory);
    root_length = strlen(root);
    int descriptor = real_openat64(AT_FDCWD, switches, O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        fail(switches);
    control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (control == MAP_FAILED)
        fail(switches);
    real_close(descriptor);
    ledger = real_openat64(AT_FDCWD, log, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (ledger < 0)
        fail(log);
}

/* -- what is known */

/* The absolute path, if it is the directory or below it; else NULL. */
static const char *ours(int at, const char *path, char *space)
{
    if (ledger < 0 || !path)
        return NULL;
    if (path[0] == '/') {
        snprintf(space, PATH_MAX, "%s", path);
    } else {
        char base[PATH_MAX], link[64];
        if (at == AT_FDCWD) {
            if (!getcwd(base, sizeof base))
                return NULL;
        } else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", at);
            ssize_t length = readlink(link, base, sizeof base - 1);
            if (length < 0)
                return NULL;
            base[length] = 0;
        }
        if (snprintf(space, PATH_MAX, "%s/%s", base, path) >= PATH_MAX)
            return NULL;
    }
    size_t length = strlen(space);
    while (length > 1 && space[length - 1] == '/')
        space[--length] = 0;
    if (strncmp(space, root, root_length) || (space[root_length] && space[root_length] != '/'))
        return NULL;
    return space;
}

static int is_known(int descriptor)
{
    return descriptor >= 0 && descriptor < FILES && files[descriptor].open;
}

static void know(int descriptor, uint64_t inode, int open)
{
    if (descriptor >= 0 && descriptor < FILES) {
        files[descriptor].inode = inode;
        files[descriptor].open = open;
    }
}

/* -- the ledger; the lock is held */

static void enter(enum kind kind, uint64_t inode, uint64_t number, const void *first,
                  size_t first_length, const void *second, size_t second_length)
{
    struct entry entry = {kind, inode, number, first_length, second_length};
    struct iovec parts[] = {{&entry, sizeof entry},
                            {(void *)first, first_length},
                            {(void *)second, second_length}};
    if (writev(ledger, parts, 3) != (ssize_t)(sizeof entry + first_length + second_length))
        fail("the ledger");
}

/* -- faults */

static void count(void)
{
    int number = __atomic_add_fetch(&control->operations, 1, __ATOMIC_SEQ_CST);
    if (control->dies_at && number >= control->dies_at)
        kill(getpid(), SIGKILL), pause();
}

static void hang(void)
{
    if (!control->hangs)
        return;
    __atomic_add_fetch(&control->hanging, 1, __ATOMIC_SEQ_CST);
    while (control->hangs)
        usleep(1000);
    __atomic_sub_fetch(&control->hanging, 1, __ATOMIC_SEQ_CST);
}

/* Whether a change fails; it is counted, and may be the last. */
static int refused(int grows)
{
    count();
    hang();
    int error = control->write_error ? control->write_error : grows ? control->grow_error : 0;
    if (error)
        errno = error;
    return error;
}

/* -- what the program calls */

static int opened(int at, const char *path, int flags, mode_t mode)
{
    char space[PATH_MAX];
    const char *absolute = ours(at, path, space);
    if (!absolute)
        return real_openat64(at, path, flags, mode);
    struct stat64 before;
    int is_there = !fstatat64(AT_FDCWD, absolute, &before, 0);
    int makes = (flags & O_CREAT) && !is_there;
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    if (makes ? refused(1) : writes && control->write_error == EROFS) {
        errno = makes ? errno : EROFS;  /* open(2): also for a file that is there */
        return -1;
    }
    pthread_mutex_lock(&lock);
    int descriptor = real_openat64(at, path, flags, mode);
    int error = errno;
    struct stat64 now;
    if (descriptor >= 0 && !fstat64(descriptor, &now)) {
        know(descriptor, now.st_ino, 1);
        if (makes)
            enter(CREATED, now.st_ino, 0, absolute, strlen(absolute), NULL, 0);
        if (!makes && (flags & O_TRUNC))
            enter(TRUNCATED, now.st_ino, 0, NULL, 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return descriptor;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); \
    }

int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }
int __open_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __openat_2(int at, const char *path, int flags) { return opened(at, path, flags, 0); }
int __openat64_2(int at, const char *path, int flags) { return opened(at, path, flags, 0); }

static off64_t length_of(int descriptor)
{
    struct stat64 now;
    return fstat64(descriptor, &now) ? 0 : now.st_size;
}

/* Write at a place; the descriptor's own offset stays. */
static ssize_t write_at(int descriptor, const void *data, size_t length, off64_t place)
{
    if (refused(place + (off64_t)length > length_of(descriptor)))
        return -1;
    pthread_mutex_lock(&lock);
    ssize_t done = real_pwrite64(descriptor, data, length, place);
    int error = errno;
    if (done > 0)
        enter(WRITTEN, files[descriptor].inode, place, data, done, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

ssize_t pwrite64(int descriptor, const void *data, size_t length, off64_t place)
{
    if (!is_known(descriptor)) {
        find_pwrite64();
        return real_pwrite64(descriptor, data, length, place);
    }
    return write_at(descriptor, data, length, place);
}

ssize_t pwrite(int descriptor, const void *data, size_t length, off_t place)
{
    return pwrite64(descriptor, data, length, place);
}

ssize_t write(int descriptor, const void *data, size_t length)
{
    if (!is_known(descriptor)) {
        find_write();
        return real_write(descriptor, data, length);
    }
    int appends = fcntl(descriptor, F_GETFL) & O_APPEND;
    off64_t place = appends ? length_of(descriptor) : lseek64(descriptor, 0, SEEK_CUR);
    ssize_t done = write_at(descriptor, data, length, place);
    if (done > 0)
        lseek64(descriptor, place + done, SEEK_SET);
    return done;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count_of)
{
    static ssize_t (*real_writev)(int, const struct iovec *, int);
    if (!real_writev)
        real_writev = (ssize_t (*)(int, const struct iovec *, int))dlsym(RTLD_NEXT, "writev");
    if (!is_known(descriptor))
        return real_writev(descriptor, parts, count_of);
    ssize_t all = 0;
    for (int each = 0; each < count_of; each++) {
        ssize_t done = write(descriptor, parts[each].iov_base, parts[each].iov_len);
        if (done < 0)
            return all ? all : -1;
        all += done;
    }
    return all;
}

int ftruncate64(int descriptor, off64_t length)
{
    if (!is_known(descriptor))
        return real_ftruncate64(descriptor, length);
    if (refused(length > length_of(descriptor)))
        return -1;
    pthread_mutex_lock(&lock);
    int result = real_ftruncate64(descriptor, length);
    int error = errno;
    if (!result)
        enter(TRUNCATED, files[descriptor].inode, length, NULL, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

static int synced(int descriptor)
{
    pthread_mutex_lock(&lock);
    uint64_t mark = length_of(ledger);
    pthread_mutex_unlock(&lock);
    count();
    hang();
    if (control->sync_micros)
        usleep(control->sync_micros);
    int error = control->sync_error ? control->sync_error : control->write_error;
    if (error && error != EROFS && error != ENOSPC) {
        pthread_mutex_lock(&lock);
        enter(DROPPED, files[descriptor].inode, mark, NULL, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
        errno = error;
        return -1;
    }
    pthread_mutex_lock(&lock);
    enter(SYNCED, files[descriptor].inode, mark, NULL, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return 0;
}

int fsync(int descriptor) { return is_known(descriptor) ? synced(descriptor) : real_fsync(descriptor); }
int fdatasync(int descriptor) { return is_known(descriptor) ? synced(descriptor) : real_fdatasync(descriptor); }

int renameat(int from_at, const char *from, int to_at, const char *to)
{
    char one[PATH_MAX], other[PATH_MAX];
    const char *source = ours(from_at, from, one), *target = ours(to_at, to, other);
    if (!source || !target)  /* into the directory and out of it nobody renames */
        return real_renameat(from_at, from, to_at, to);
    if (refused(0))
        return -1;
    pthread_mutex_lock(&lock);
    int result = real_renameat(from_at, from, to_at, to);
    int error = errno;
    if (!result)
        enter(RENAMED, 0, 0, source, strlen(source), target, strlen(target));
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int unlinkat(int at, const char *path, int flags)
{
    char space[PATH_MAX];
    const char *absolute = ours(at, path, space);
    if (!absolute)
        return real_unlinkat(at, path, flags);
    if (refused(0))
        return -1;
    pthread_mutex_lock(&lock);
    int result = real_unlinkat(at, path, flags);
    int error = errno;
    if (!result)
        enter(UNLINKED, 0, 0, absolute, strlen(absolute), NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int at, const char *path, mode_t mode)
{
    char space[PATH_MAX];
    const char *absolute = ours(at, path, space);
    if (!absolute)
        return real_mkdirat(at, path, mode);
    if (refused(1))
        return -1;
    pthread_mutex_lock(&lock);
    int result = real_mkdirat(at, path, mode);
    int error = errno;
    struct stat64 now;
    if (!result && !fstatat64(AT_FDCWD, absolute, &now, 0))
        enter(MADE, now.st_ino, 0, absolute, strlen(absolute), NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* A full disk says so. */
int statvfs64(const char *path, struct statvfs64 *told)
{
    static int (*real_statvfs64)(const char *, struct statvfs64 *);
    if (!real_statvfs64)
        real_statvfs64 = (int (*)(const char *, struct statvfs64 *))dlsym(RTLD_NEXT, "statvfs64");
    char space[PATH_MAX];
    int result = real_statvfs64(path, told);
    if (!result && control->grow_error == ENOSPC && ours(AT_FDCWD, path, space))
        told->f_bavail = told->f_bfree = 0;
    return result;
}

/* On 64-bit machines the two are laid out alike. */
int statvfs(const char *path, struct statvfs *told)
{
    return statvfs64(path, (struct statvfs64 *)told);
}

int close(int descriptor)
{
    find_close();
    know(descriptor, 0, 0);
    return real_close(descriptor);
}

static int copied(int from, int to)
{
    if (to >= 0 && from >= 0 && from < FILES)
        know(to, files[from].inode, files[from].open);
    return to;
}

int dup(int from) { find_dup(); return copied(from, real_dup(from)); }
int dup2(int from, int to) { find_dup2(); return copied(from, real_dup2(from, to)); }
int dup3(int from, int to, int flags) { find_dup3(); return copied(from, real_dup3(from, to, flags)); }
