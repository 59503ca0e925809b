// Command tar-oracle prints how Go's archive/tar reads archives: govc reads OVAs with it, so our own reader must agree.
// It takes one path per line on stdin and answers each with one line of JSON.
package main

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
)

type member struct {
	Name   string `json:"name"`
	Size   int64  `json:"sizeBytes"`
	SHA256 string `json:"sha256"`
	Type   string `json:"type"`
}

type answer struct {
	Members []member `json:"members"`
	Error   string   `json:"error,omitempty"`
}

func read(path string) answer {
	result := answer{Members: []member{}}
	file, err := os.Open(path)
	if err != nil {
		result.Error = err.Error()
		return result
	}
	defer file.Close()
	reader := tar.NewReader(bufio.NewReaderSize(file, 1<<20))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return result
		}
		if err != nil {
			result.Error = err.Error()
			return result
		}
		hash := sha256.New()
		if _, err := io.Copy(hash, reader); err != nil {
			result.Error = err.Error()
			return result
		}
		result.Members = append(result.Members, member{
			Name:   header.Name,
			Size:   header.Size,
			SHA256: hex.EncodeToString(hash.Sum(nil)),
			Type:   string(header.Typeflag),
		})
	}
}

func main() {
	paths := bufio.NewScanner(os.Stdin)
	output := json.NewEncoder(os.Stdout)
	for paths.Scan() {
		if err := output.Encode(read(paths.Text())); err != nil {
			os.Exit(1)
		}
	}
}
