package compress

import (
	"errors"
	"math"
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"github.com/yesgoddess/edgeredis/cache"
)

var errTooLong = errors.New("compress: the value is longer than allowed")

// S2 compresses with S2, an extension of Snappy: its block format.
func S2() cache.Compressor { return s2Compressor{} }

type s2Compressor struct{}

func (s2Compressor) ID() byte { return 's' }

func (s2Compressor) Compress(dst, src []byte) []byte {
	return append(dst, s2.Encode(nil, src)...)
}

func (s2Compressor) Decompress(dst, src []byte, limit int) ([]byte, error) {
	n, err := s2.DecodedLen(src)
	if err != nil {
		return nil, err
	}
	if limit >= 0 && n > limit {
		return nil, errTooLong
	}
	out, err := s2.Decode(nil, src)
	return append(dst, out...), err
}

// Zstd compresses with Zstandard at its default level.
func Zstd() cache.Compressor { return &zstdCompressor{} }

// A zstdCompressor makes its coders on first use; both are safe for concurrent
// use and start no goroutines for EncodeAll and DecodeAll.
type zstdCompressor struct {
	encoder sync.Once
	enc     *zstd.Encoder
	mu      sync.Mutex
	dec     map[int]*zstd.Decoder // by limit; guarded by mu
}

func (*zstdCompressor) ID() byte { return 'z' }

func (z *zstdCompressor) Compress(dst, src []byte) []byte {
	z.encoder.Do(func() {
		z.enc, _ = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)) // no option here can fail
	})
	return z.enc.EncodeAll(src, dst)
}

func (z *zstdCompressor) Decompress(dst, src []byte, limit int) ([]byte, error) {
	var h zstd.Header
	if err := h.Decode(src); err == nil && limit >= 0 && h.HasFCS && h.FrameContentSize > uint64(limit) {
		return nil, errTooLong
	}
	dec, err := z.decoder(limit)
	if err != nil {
		return nil, err
	}
	out, err := dec.DecodeAll(src, nil)
	if err != nil {
		return nil, err
	}
	if limit >= 0 && len(out) > limit {
		return nil, errTooLong
	}
	return append(dst, out...), nil
}

// window is the memory that a frame may need whatever its content's length: the
// largest window that the encoder uses.
const window = 8 << 20

// decoder returns a decoder that refuses more than limit bytes, or than window if
// that is more, before it has allocated them.
func (z *zstdCompressor) decoder(limit int) (*zstd.Decoder, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if d := z.dec[limit]; d != nil {
		return d, nil
	}
	most := uint64(math.MaxInt32)
	if limit >= 0 {
		most = uint64(max(limit, window))
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(most))
	if err != nil {
		return nil, err
	}
	if z.dec == nil {
		z.dec = map[int]*zstd.Decoder{}
	}
	z.dec[limit] = d
	return d, nil
}
