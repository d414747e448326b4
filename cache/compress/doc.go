// Package compress has compressors for [cache.Options]. It is apart from package
// cache so that programs that do not compress, on WebAssembly above all, do not
// link it.
//
// S2 is the faster, Zstd the smaller. Both write formats that other languages
// read too.
//
// What a value decompresses to is bounded: a record that claims to be longer than
// the cache allows is an error and not memory. Small values and those that do not
// get smaller are stored as they are, which is the cache's decision. Billed
// commands are the same; what it saves is bandwidth, and storage.
//
// A compressor is safe for concurrent use.
package compress
