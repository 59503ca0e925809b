package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"

	"github.com/vmware/govmomi/cli"
	"github.com/vmware/govmomi/cli/flags"
	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/license"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// collectSpec selects the objects that inventory.collect reads.
type collectSpec struct {
	// Types are all objects of these types, with their paths.
	Types []types.PropertySpec `json:"types"`
	// Objects are single objects; a missing one is left out.
	Objects []objectSpec `json:"objects"`
	About   bool         `json:"about"`
	// Licenses that may not be read are left out.
	Licenses bool `json:"licenses"`
}

type objectSpec struct {
	Object types.ManagedObjectReference `json:"object"`
	Paths  []string                     `json:"paths"`
}

// objectLine has the form of object.collect -json.
type objectLine struct {
	Obj       types.ManagedObjectReference `json:"obj"`
	ChangeSet []types.DynamicProperty      `json:"changeSet"`
}

// collect reads objects of several types with one call of the property collector, and writes a line of JSON for each.
type collect struct {
	*flags.ClientFlag
	*flags.OutputFlag

	file string
}

func init() {
	cli.Register("inventory.collect", &collect{})
}

func (cmd *collect) Register(ctx context.Context, f *flag.FlagSet) {
	cmd.ClientFlag, ctx = flags.NewClientFlag(ctx)
	cmd.ClientFlag.Register(ctx, f)
	cmd.OutputFlag, ctx = flags.NewOutputFlag(ctx)
	cmd.OutputFlag.Register(ctx, f)
	f.StringVar(&cmd.file, "file", "", "File with the JSON of what to read")
}

func (cmd *collect) Process(ctx context.Context) error {
	if err := cmd.ClientFlag.Process(ctx); err != nil {
		return err
	}
	return cmd.OutputFlag.Process(ctx)
}

func (cmd *collect) Run(ctx context.Context, _ *flag.FlagSet) error {
	var spec collectSpec
	if err := readJSON(cmd.file, &spec); err != nil {
		return err
	}
	client, err := cmd.Client()
	if err != nil {
		return err
	}
	lines := json.NewEncoder(os.Stdout)
	if spec.About {
		if err := lines.Encode(map[string]any{"about": client.ServiceContent.About}); err != nil {
			return err
		}
	}
	if spec.Licenses {
		found, err := license.NewManager(client).List(ctx)
		if err != nil && !fault.Is(err, &types.NoPermission{}) {
			return err
		}
		if err := lines.Encode(map[string]any{"licenses": found}); err != nil {
			return err
		}
	}
	if len(spec.Types) > 0 {
		if err := collectTypes(ctx, client, spec.Types, lines); err != nil {
			return err
		}
	}
	for _, one := range spec.Objects {
		err := collectObject(ctx, client, one, lines)
		if err != nil && !fault.Is(err, &types.ManagedObjectNotFound{}) {
			return err
		}
	}
	return nil
}

func collectTypes(ctx context.Context, client *vim25.Client, specs []types.PropertySpec, lines *json.Encoder) error {
	all, err := view.NewManager(client).CreateContainerView(
		ctx, client.ServiceContent.RootFolder, []string{"ManagedEntity"}, true,
	)
	if err != nil {
		return err
	}
	defer func() { _ = all.Destroy(ctx) }()
	filters := make([]types.PropertyFilterSpec, 0, len(specs))
	for _, spec := range specs {
		filters = append(filters, types.PropertyFilterSpec{
			ObjectSet: []types.ObjectSpec{{
				Obj:       all.Reference(),
				Skip:      types.NewBool(true),
				SelectSet: []types.BaseSelectionSpec{all.TraversalSpec()},
			}},
			PropSet: []types.PropertySpec{spec},
		})
	}
	return retrieve(ctx, client, filters, lines)
}

func collectObject(ctx context.Context, client *vim25.Client, one objectSpec, lines *json.Encoder) error {
	return retrieve(ctx, client, []types.PropertyFilterSpec{{
		ObjectSet: []types.ObjectSpec{{Obj: one.Object}},
		PropSet:   []types.PropertySpec{{Type: one.Object.Type, PathSet: one.Paths}},
	}}, lines)
}

func retrieve(
	ctx context.Context, client *vim25.Client, filters []types.PropertyFilterSpec, lines *json.Encoder,
) error {
	found, err := mo.RetrievePropertiesEx(ctx, client, types.RetrievePropertiesEx{
		This:    client.ServiceContent.PropertyCollector,
		SpecSet: filters,
	})
	if err != nil {
		return err
	}
	for _, object := range found {
		if err := lines.Encode(objectLine{object.Obj, object.PropSet}); err != nil {
			return err
		}
	}
	return nil
}

func readJSON(path string, value any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, value)
}
