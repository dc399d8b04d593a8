import { Migration } from '@mikro-orm/migrations';

export class Migration20261127000001_Boxes extends Migration {
  override name = 'Migration20261127000001_Boxes';

  override up(): void {
    this.addSql(`alter table "parcel" add "box" varchar(255) null;`);
    this.addSql(
      `alter table "parcel" add constraint "parcel_box_foreign" foreign key ("box") references "box_type" ("code") on delete set null;`,
    );
    this.addSql(`alter table "quote" add "billed_grams" int null;`);
  }

  override down(): void {
    this.addSql(`alter table quote drop column billed_grams; alter table parcel drop column box;`);
  }
}
