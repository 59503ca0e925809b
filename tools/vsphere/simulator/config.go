package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	gib = int64(1) << 30
	tib = int64(1) << 40
)

// datastoreConfig is a datastore that only looks large: its files are empty.
type datastoreConfig struct {
	Name          string `json:"name"`
	CapacityBytes int64  `json:"capacityBytes"`
	// FreeBytes below the capacity simulates a partly used datastore; 0 means all of it is free.
	FreeBytes    int64 `json:"freeBytes"`
	Inaccessible bool  `json:"inaccessible"`
}

type portGroupConfig struct {
	Name string `json:"name"`
	VLAN int32  `json:"vlan"`
}

type hostConfig struct {
	// Count of hosts; an ESXi endpoint always has one.
	Count       int   `json:"count"`
	Cores       int16 `json:"cores"`
	MHz         int32 `json:"mhz"`
	MemoryBytes int64 `json:"memoryBytes"`
	// Resources used by others, for the host's quick statistics.
	UsedMHz         int32 `json:"usedMhz"`
	UsedMemoryBytes int64 `json:"usedMemoryBytes"`
	Maintenance     bool  `json:"maintenance"`
	// ManagedBy is the address of a vCenter that owns this ESXi host; it then refuses new VMs.
	ManagedBy string `json:"managedBy"`
}

// vmConfig is a VM that exists at the start.
type vmConfig struct {
	Name       string `json:"name"`
	CPUs       int32  `json:"cpus"`
	MemoryMB   int64  `json:"memoryMb"`
	DiskGiB    int64  `json:"diskGib"`
	Network    string `json:"network"`
	Datastore  string `json:"datastore"`
	Annotation string `json:"annotation"`
	PoweredOn  bool   `json:"poweredOn"`
}

// faultConfig makes calls of a SOAP method fail; the call is then not executed. Method, Type and Object may be "*".
type faultConfig struct {
	Method  string `json:"method"`
	Type    string `json:"type"`
	Object  string `json:"object"`
	Fault   string `json:"fault"` // name of the fault type, "NoDiskSpace"
	Message string `json:"message"`
	DelayMS int    `json:"delayMs"`
	Count   int    `json:"count"` // 0: always
	Skip    int    `json:"skip"`  // calls that pass before the first fault
}

// uploadConfig disturbs uploads, which fault rules do not reach.
type uploadConfig struct {
	// BytesPerSecond limits every upload; 0 is no limit.
	BytesPerSecond int64 `json:"bytesPerSecond"`
	// StallAfterBytes stops reading after this many bytes and waits for the client to give up.
	StallAfterBytes int64 `json:"stallAfterBytes"`
	// ResetAfterBytes cuts the connection after this many bytes.
	ResetAfterBytes int64 `json:"resetAfterBytes"`
}

type tlsConfig struct {
	Cert      string    `json:"cert"`
	Key       string    `json:"key"`
	Dir       string    `json:"dir"`
	Hosts     []string  `json:"hosts"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
}

type config struct {
	Kind       string            `json:"kind"`
	Listen     string            `json:"listen"`
	Username   string            `json:"username"`
	Password   string            `json:"password"`
	Version    string            `json:"version"`
	Build      string            `json:"build"`
	License    string            `json:"license"`
	Permission string            `json:"permission"`
	Datacenter string            `json:"datacenter"`
	Cluster    string            `json:"cluster"`
	Host       hostConfig        `json:"host"`
	Datastores []datastoreConfig `json:"datastores"`
	PortGroups []portGroupConfig `json:"portGroups"`
	VMs        []vmConfig        `json:"vms"`
	VMCount    int               `json:"vmCount"`
	Faults     []faultConfig     `json:"faults"`
	// MethodDelayMS slows SOAP methods down by name.
	MethodDelayMS map[string]int `json:"methodDelayMs"`
	Upload        uploadConfig   `json:"upload"`
	// LeaseSeconds without a renewal after which an import lease times out.
	LeaseSeconds int       `json:"leaseSeconds"`
	TLS          tlsConfig `json:"tls"`

	// State is the file that keeps the VMs; empty: the VMs are not kept.
	State          string `json:"state"`
	ExitWithParent bool   `json:"exitWithParent"`
	// Control takes orders on stdin and ends when it closes.
	Control bool `json:"control"`
}

func defaults() config {
	return config{
		Kind:       "esx",
		Listen:     "127.0.0.1:0",
		Username:   "root",
		Password:   "simulator",
		Version:    "8.0.2",
		License:    "full",
		Permission: "admin",
		Datacenter: "Datacenter",
		Cluster:    "Edge",
		// The values of ESXi and vCenter.
		LeaseSeconds: 300,
		Host:         hostConfig{Count: 1, Cores: 64, MHz: 2600, MemoryBytes: 512 * gib},
	}
}

// size parses "20TB", "8TiB", "512GiB" or bytes. TB and GB are powers of ten, TiB and GiB powers of two.
func size(text string) (int64, error) {
	units := []struct {
		suffix string
		factor int64
	}{{"TiB", tib}, {"GiB", gib}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}}
	for _, unit := range units {
		if number, found := strings.CutSuffix(text, unit.suffix); found {
			value, err := strconv.ParseFloat(number, 64)
			return int64(value * float64(unit.factor)), err
		}
	}
	return strconv.ParseInt(text, 10, 64)
}

// each makes a repeatable flag.
func each(flags *flag.FlagSet, name, usage string, add func(string) error) {
	flags.Func(name, usage+" (repeatable)", add)
}

// parse reads the flags over the file that -config names: a flag wins, a repeatable flag adds.
func parse(arguments []string) (config, error) {
	c := defaults()
	for i, argument := range arguments {
		name := strings.TrimLeft(argument, "-")
		file, inline := strings.CutPrefix(name, "config=")
		if !inline && name == "config" && i+1 < len(arguments) {
			file, inline = arguments[i+1], true
		}
		if !inline {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return c, err
		}
		decoder := json.NewDecoder(strings.NewReader(string(data)))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&c); err != nil {
			return c, fmt.Errorf("%s: %w", file, err)
		}
	}

	flags := flag.NewFlagSet("vsphere-simulator", flag.ContinueOnError)
	flags.String("config", "", "JSON `file` with the same options")
	flags.StringVar(&c.Kind, "kind", c.Kind, "esx or vpx (vCenter)")
	flags.StringVar(&c.Listen, "listen", c.Listen, "`address:port`; port 0 takes a free one")
	flags.StringVar(&c.Username, "username", c.Username, "the only user who may log in")
	flags.StringVar(&c.Password, "password", c.Password, "its password; $VSPHERE_SIMULATOR_PASSWORD goes before")
	flags.StringVar(&c.Version, "version", c.Version, "product version")
	flags.StringVar(&c.Build, "build", c.Build, "product build")
	flags.StringVar(&c.License, "license", c.License, "full, eval, or free (refuses writes)")
	flags.StringVar(&c.Permission, "permission", c.Permission, "admin or read-only (refuses writes)")
	flags.StringVar(&c.Datacenter, "datacenter", c.Datacenter, "datacenter of a vCenter")
	flags.StringVar(&c.Cluster, "cluster", c.Cluster, "cluster of a vCenter")
	flags.IntVar(&c.Host.Count, "hosts", c.Host.Count, "hosts of a vCenter's cluster")
	flags.Func("host-cores", "CPU cores of each host", func(text string) error {
		cores, err := strconv.ParseInt(text, 10, 16)
		c.Host.Cores = int16(cores)
		return err
	})
	flags.Func("host-memory", "memory of each host, `512GiB`", func(text string) (err error) {
		c.Host.MemoryBytes, err = size(text)
		return err
	})
	flags.Func("host-memory-used", "memory that others use, `64GiB`", func(text string) (err error) {
		c.Host.UsedMemoryBytes, err = size(text)
		return err
	})
	flags.BoolVar(&c.Host.Maintenance, "host-maintenance", c.Host.Maintenance, "hosts are in maintenance mode")
	flags.StringVar(&c.Host.ManagedBy, "managed-by", c.Host.ManagedBy, "address of the vCenter that owns this ESXi host")
	each(flags, "datastore", "`name=capacity[,free]`, for instance standard-perf=20TB", func(text string) error {
		name, sizes, found := strings.Cut(text, "=")
		if !found {
			return errors.New("expected name=capacity")
		}
		capacity, free, hasFree := strings.Cut(sizes, ",")
		datastore := datastoreConfig{Name: name}
		var err error
		if datastore.CapacityBytes, err = size(capacity); err == nil && hasFree {
			datastore.FreeBytes, err = size(free)
		}
		c.Datastores = append(c.Datastores, datastore)
		return err
	})
	each(flags, "port-group", "`name[:vlan]`", func(text string) error {
		name, vlan, found := strings.Cut(text, ":")
		group := portGroupConfig{Name: name}
		if found {
			id, err := strconv.ParseInt(vlan, 10, 32)
			if err != nil {
				return err
			}
			group.VLAN = int32(id)
		}
		c.PortGroups = append(c.PortGroups, group)
		return nil
	})
	each(flags, "vm", "`name` of a powered-on VM of somebody else", func(text string) error {
		c.VMs = append(c.VMs, vmConfig{Name: text, PoweredOn: true})
		return nil
	})
	flags.IntVar(&c.VMCount, "vm-count", c.VMCount, "further VMs, named other-0001 and on")
	each(flags, "fault", "`method:type:object:fault[:message]`, '*' fits any", func(text string) error {
		part := strings.SplitN(text, ":", 5)
		if len(part) < 4 {
			return errors.New("expected method:type:object:fault[:message]")
		}
		rule := faultConfig{Method: part[0], Type: part[1], Object: part[2], Fault: part[3]}
		if len(part) == 5 {
			rule.Message = part[4]
		}
		c.Faults = append(c.Faults, rule)
		return nil
	})
	flags.Func("upload-rate", "limit of each upload in bytes per second, `2MiB`", func(text string) (err error) {
		c.Upload.BytesPerSecond, err = size(text)
		return err
	})
	flags.Func("upload-stall-after", "bytes after which an upload stands still", func(text string) (err error) {
		c.Upload.StallAfterBytes, err = size(text)
		return err
	})
	flags.Func("upload-reset-after", "bytes after which an upload's connection is cut", func(text string) (err error) {
		c.Upload.ResetAfterBytes, err = size(text)
		return err
	})
	flags.IntVar(&c.LeaseSeconds, "lease-seconds", c.LeaseSeconds, "seconds after which an import lease that is not renewed times out")
	flags.StringVar(&c.TLS.Cert, "cert", c.TLS.Cert, "PEM `file` of the certificate")
	flags.StringVar(&c.TLS.Key, "key", c.TLS.Key, "PEM `file` of its key")
	flags.StringVar(&c.TLS.Dir, "tls-dir", c.TLS.Dir, "`folder` that keeps cert.pem and key.pem; made when missing")
	each(flags, "tls-host", "name or address in a made certificate; default localhost and 127.0.0.1", func(text string) error {
		c.TLS.Hosts = append(c.TLS.Hosts, text)
		return nil
	})
	moment := func(target *time.Time) func(string) error {
		return func(text string) (err error) {
			*target, err = time.Parse(time.RFC3339, text)
			return err
		}
	}
	flags.Func("tls-not-before", "start of a made certificate, RFC 3339", moment(&c.TLS.NotBefore))
	flags.Func("tls-not-after", "end of a made certificate, RFC 3339", moment(&c.TLS.NotAfter))
	flags.StringVar(&c.State, "state", c.State, "`file` that keeps the VMs from one start to the next; only for -kind esx")
	flags.BoolVar(&c.ExitWithParent, "exit-with-parent", c.ExitWithParent, "end when stdin closes")
	flags.BoolVar(&c.Control, "control", c.Control, "take orders on stdin, a line of JSON each, and end when it closes")
	if err := flags.Parse(arguments); err != nil {
		return c, err
	}

	if password, found := os.LookupEnv("VSPHERE_SIMULATOR_PASSWORD"); found {
		c.Password = password
	}
	if len(c.Datastores) == 0 {
		c.Datastores = []datastoreConfig{
			{Name: "standard-perf", CapacityBytes: 20e12},
			{Name: "high-perf", CapacityBytes: 8e12},
		}
	}
	if c.PortGroups == nil {
		c.PortGroups = []portGroupConfig{{Name: "EDGE-LAN"}, {Name: "EDGE-WAN"}}
	}
	return c, c.check()
}

func (c config) check() error {
	switch {
	case c.Kind != "esx" && c.Kind != "vpx":
		return fmt.Errorf("kind is %q, expected esx or vpx", c.Kind)
	case c.License != "full" && c.License != "eval" && c.License != "free":
		return fmt.Errorf("license is %q, expected full, eval or free", c.License)
	case c.Permission != "admin" && c.Permission != "read-only":
		return fmt.Errorf("permission is %q, expected admin or read-only", c.Permission)
	case c.Username == "" || c.Password == "":
		return errors.New("user name and password must not be empty")
	case (c.TLS.Cert == "") != (c.TLS.Key == ""):
		return errors.New("give both the certificate and the key, or neither")
	case c.LeaseSeconds < 1:
		return errors.New("a lease must last a second or more")
	case c.Host.Count < 1:
		return errors.New("at least one host is needed")
	}
	return nil
}
