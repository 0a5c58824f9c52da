/*
 * A disk that can lose power, for one process: an LD_PRELOAD library for Linux.
 *
 * It watches what a process does to files below HOLDFAST_DISK_ROOT, passes it on to the kernel, and appends what was done,
 * with its bytes and in its order, to the file HOLDFAST_DISK_JOURNAL. From that journal another program works out what a disk
 * could hold if the power had gone at any point: only a sync makes anything durable.
 *
 * It also does to calls what the file HOLDFAST_DISK_CONTROL says, one line that may be replaced at any time:
 *   <number> <sync|write> <end of file's name, or *> <skip> <times, 0: for ever> <EIO|ENOSPC|short|delay> <detail>
 * A new number counts anew. Detail: for a delay its milliseconds; for a failed sync, whether what it did not write can still be
 * read (`kept`) or reads as it was before (`dropped`). Both happen: the kernel marks such pages clean and may forget them.
 *
 * What a process does past the C library (a ring, a copy within the kernel, a mapped file) is not seen: whoever reads the journal
 * compares where it ends with the directory.
 *
 * A record is a line of fields that tabs separate, <kind> <inode> <place> <length> <path> <second path>, and then <length> bytes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MOST_PARTS 1024

static char root[PATH_MAX];
static size_t root_length = 0;
static int journal = -1;
static int control = -1;
/* One call at a time, so that the journal's order is the disk's. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* What a write replaced, until a sync: what a failed sync takes the file back to. */
struct replaced {
  struct replaced *older;
  ino_t inode;
  off_t place, size;
  size_t length;
  char bytes[];
};
static struct replaced *unsynced = NULL;

struct fault {
  char kind[16];
  char detail[16];
};

/* Whether a path is the root or below it. */
static int is_watched(const char *path) {
  return root_length > 0 && strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == '\0');
}

/* The path of an open file, or 0 where it is none of ours. */
static int watched_path(int fd, char *path) {
  char link[40];
  if (root_length == 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  return is_watched(path);
}

static ino_t inode_of(int fd) {
  struct stat found;
  return fstat(fd, &found) == 0 ? found.st_ino : 0;
}

static void note(const char *kind, ino_t inode, off_t place, const char *path, const char *second, const struct iovec *parts, int count, size_t length) {
  static char line[2 * PATH_MAX + 100];
  static struct iovec record[MOST_PARTS + 1];
  int kept_errno = errno, used = 1;
  record[0].iov_base = line;
  record[0].iov_len = (size_t)snprintf(line, sizeof line, "%s\t%lu\t%ld\t%zu\t%s\t%s\n", kind, (unsigned long)inode, (long)place, length, path, second);
  for (size_t left = length; left > 0 && used <= count; used++) {
    record[used] = parts[used - 1];
    if (record[used].iov_len > left) record[used].iov_len = left;
    left -= record[used].iov_len;
  }
  if (syscall(SYS_writev, journal, record, used) < 0) abort();
  errno = kept_errno;
}

static void note_name(const char *kind, const char *path, const char *second) {
  note(kind, 0, 0, path, second, NULL, 0, 0);
}

__attribute__((constructor)) static void start(void) {
  const char *directory = getenv("HOLDFAST_DISK_ROOT"), *to = getenv("HOLDFAST_DISK_JOURNAL"), *from = getenv("HOLDFAST_DISK_CONTROL");
  if (directory == NULL || to == NULL || realpath(directory, root) == NULL) return;
  journal = (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (from != NULL) control = (int)syscall(SYS_openat, AT_FDCWD, from, O_RDONLY | O_CLOEXEC, 0);
  if (journal >= 0) root_length = strlen(root);
  if (journal >= 0) note_name("start", root, "");
}

/* What the control file wants done to this call. */
static struct fault fault_for(const char *call, const char *path) {
  static long current = 0, matched = 0;
  char line[160] = "", wanted[16], file[64];
  struct fault fault = {"", ""};
  long number, skip, times;
  if (control < 0 || pread(control, line, sizeof line - 1, 0) <= 0) return fault;
  if (sscanf(line, "%ld %15s %63s %ld %ld %15s %15s", &number, wanted, file, &skip, &times, fault.kind, fault.detail) != 7) fault.kind[0] = '\0';
  else {
    if (number != current) matched = 0;
    current = number;
    size_t length = strlen(path), ending = strlen(file);
    int fits = strcmp(wanted, call) == 0 && (strcmp(file, "*") == 0 || (length >= ending && strcmp(path + length - ending, file) == 0));
    long at = fits ? matched++ : -1;
    if (at < skip || (times > 0 && at >= skip + times)) fault.kind[0] = '\0';
  }
  return fault;
}

/* Takes the turn, once any delay is over. */
static struct fault begin(const char *call, const char *path) {
  pthread_mutex_lock(&turn);
  struct fault fault = fault_for(call, path);
  if (strcmp(fault.kind, "delay") != 0) return fault;
  long ms = atol(fault.detail);
  struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
  note("delayed", 0, ms, path, call, NULL, 0, 0);
  pthread_mutex_unlock(&turn);
  nanosleep(&wait, NULL);
  pthread_mutex_lock(&turn);
  return fault;
}

static int number_of(const struct fault *fault) {
  return strcmp(fault->kind, "EIO") == 0 ? EIO : strcmp(fault->kind, "ENOSPC") == 0 ? ENOSPC : 0;
}

/* Only through the caller's own handle: closing another one would give up the locks that this process has on the file. */
static void remember(int fd, ino_t inode, off_t place, size_t length) {
  struct stat found;
  if (fstat(fd, &found) != 0) return;
  off_t there = found.st_size > place ? found.st_size - place : 0;
  size_t old = (size_t)there < length ? (size_t)there : length;
  struct replaced *was = malloc(sizeof *was + old);
  if (was == NULL) abort();
  ssize_t got = old == 0 ? 0 : pread(fd, was->bytes, old, place);
  *was = (struct replaced){unsynced, inode, place, found.st_size, got < 0 ? 0 : (size_t)got};
  unsynced = was;
}

/* The file's bytes are on the disk, or are given up: with `restore` it is taken back to what it was at its last sync. */
static void forget(int fd, ino_t inode, int restore) {
  for (struct replaced **at = &unsynced; *at != NULL;) {
    struct replaced *was = *at;
    if (was->inode != inode) {
      at = &was->older;
      continue;
    }
    if (restore) {
      if (was->length > 0) syscall(SYS_pwrite64, fd, was->bytes, was->length, was->place);
      syscall(SYS_ftruncate, fd, was->size);
    }
    *at = was->older;
    free(was);
  }
}

static ssize_t pass_write(int fd, const struct iovec *parts, int count, off_t place) {
  return place < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, place, 0L);
}

/* `place` -1: where the handle stands. */
static ssize_t write_at(int fd, const struct iovec *parts, int count, off_t place) {
  char path[PATH_MAX];
  if (fd == journal || count < 1 || count > MOST_PARTS || !watched_path(fd, path)) return pass_write(fd, parts, count, place);
  struct fault fault = begin("write", path);
  ino_t inode = inode_of(fd);
  struct iovec half;
  ssize_t result = -1;
  if (number_of(&fault) != 0) {
    note("unwritten", inode, place, path, fault.kind, NULL, 0, 0);
    errno = number_of(&fault);
  } else {
    if (strcmp(fault.kind, "short") == 0 && parts[0].iov_len > 1) {
      half = (struct iovec){parts[0].iov_base, parts[0].iov_len / 2};
      parts = &half;
      count = 1;
      note("shortened", inode, place, path, "", NULL, 0, 0);
    }
    size_t length = 0;
    for (int part = 0; part < count; part++) length += parts[part].iov_len;
    struct stat found;
    off_t at = place >= 0 ? place : (fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &found) == 0 ? found.st_size : lseek(fd, 0, SEEK_CUR);
    remember(fd, inode, at, length);
    result = pass_write(fd, parts, count, place);
    if (result > 0) note("write", inode, at, path, "", parts, count, (size_t)result);
  }
  pthread_mutex_unlock(&turn);
  return result;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  struct iovec part = {(void *)bytes, length};
  return write_at(fd, &part, 1, -1);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t place) {
  struct iovec part = {(void *)bytes, length};
  return write_at(fd, &part, 1, place);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t place) __attribute__((alias("pwrite64")));
ssize_t writev(int fd, const struct iovec *parts, int count) { return write_at(fd, parts, count, -1); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t place) { return write_at(fd, parts, count, place); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t place) __attribute__((alias("pwritev64")));

int ftruncate64(int fd, off64_t size) {
  char path[PATH_MAX];
  if (!watched_path(fd, path)) return (int)syscall(SYS_ftruncate, fd, size);
  pthread_mutex_lock(&turn);
  ino_t inode = inode_of(fd);
  struct stat found;
  if (fstat(fd, &found) == 0 && found.st_size > size) remember(fd, inode, size, (size_t)(found.st_size - size));
  int result = (int)syscall(SYS_ftruncate, fd, size);
  if (result == 0) note("cut", inode, size, path, "", NULL, 0, 0);
  pthread_mutex_unlock(&turn);
  return result;
}
int ftruncate(int fd, off_t size) __attribute__((alias("ftruncate64")));

/* The kernel itself is not asked: it will not lose power. */
static int sync_file(int fd, int call) {
  char path[PATH_MAX];
  if (!watched_path(fd, path)) return (int)syscall(call, fd);
  struct fault fault = begin("sync", path);
  ino_t inode = inode_of(fd);
  int error = number_of(&fault), drops = strcmp(fault.detail, "dropped") == 0;
  forget(fd, inode, error != 0 && drops);
  note(error == 0 ? "sync" : "unsynced", inode, 0, path, error == 0 ? "" : drops ? "dropped" : "kept", NULL, 0, 0);
  pthread_mutex_unlock(&turn);
  errno = error;
  return error == 0 ? 0 : -1;
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

static int open_at(int directory, const char *path, int flags, mode_t mode) {
  if (!is_watched(path)) return (int)syscall(SYS_openat, directory, path, flags, mode);
  pthread_mutex_lock(&turn);
  int is_new = faccessat(directory, path, F_OK, 0) != 0;
  int fd = (int)syscall(SYS_openat, directory, path, flags, mode);
  if (fd >= 0 && is_new) {
    forget(fd, inode_of(fd), 0);
    note("create", inode_of(fd), 0, path, "", NULL, 0, 0);
  } else if (fd >= 0 && (flags & O_TRUNC)) {
    forget(fd, inode_of(fd), 0);
    note("cut", inode_of(fd), 0, path, "", NULL, 0, 0);
  }
  pthread_mutex_unlock(&turn);
  return fd;
}

static mode_t mode_in(int flags, va_list rest) {
  return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_in(flags, rest);
  va_end(rest);
  return open_at(AT_FDCWD, path, flags, mode);
}
int open(const char *path, int flags, ...) __attribute__((alias("open64")));
int openat64(int directory, const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_in(flags, rest);
  va_end(rest);
  return open_at(directory, path, flags, mode);
}
int openat(int directory, const char *path, int flags, ...) __attribute__((alias("openat64")));

/* Names: noted once the kernel has done it. */
static int name_done(int result, const char *kind, const char *path, const char *second) {
  if (result == 0 && (is_watched(path) || is_watched(second))) note_name(kind, path, second);
  return result;
}
#define IN_TURN(call, kind, path, second) \
  pthread_mutex_lock(&turn); \
  int result = name_done((int)(call), kind, path, second); \
  pthread_mutex_unlock(&turn); \
  return result

int rename(const char *from, const char *to) {
  IN_TURN(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0), "rename", from, to);
}
int unlink(const char *path) {
  IN_TURN(syscall(SYS_unlinkat, AT_FDCWD, path, 0), "unlink", path, "");
}
int rmdir(const char *path) {
  IN_TURN(syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR), "unlink", path, "");
}
int unlinkat(int directory, const char *path, int flags) {
  IN_TURN(syscall(SYS_unlinkat, directory, path, flags), "unlink", path, "");
}
int remove(const char *path) {
  int result = unlink(path);
  return result != 0 && errno == EISDIR ? rmdir(path) : result;
}
int mkdir(const char *path, mode_t mode) {
  IN_TURN(syscall(SYS_mkdirat, AT_FDCWD, path, mode), "mkdir", path, "");
}

/* Writes that do not pass through a call of ours are noted, so that the journal's reader can refuse them. */
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t place) {
  char path[PATH_MAX];
  if (fd >= 0 && (protection & PROT_WRITE) && (flags & MAP_SHARED) && watched_path(fd, path)) {
    pthread_mutex_lock(&turn);
    note("mapped", inode_of(fd), 0, path, "", NULL, 0, 0);
    pthread_mutex_unlock(&turn);
  }
  return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, place);
}
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t place) __attribute__((alias("mmap64")));
