import type { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, Billing, ProjectionType, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { table } from "../lambda/names.ts";

/** The table with one item for each build or job in a channel. Its sparse index contains the items that a tick reads. */
export class BuildsTable extends TableV2 {
  readonly indexArn: string;

  constructor(scope: Construct, id: string, removalPolicy: RemovalPolicy) {
    super(scope, id, {
      billing: Billing.onDemand(),
      partitionKey: { name: table.key, type: AttributeType.STRING },
      sortKey: { name: table.sortKey, type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: table.index,
          partitionKey: { name: table.indexKey, type: AttributeType.NUMBER },
          sortKey: { name: table.key, type: AttributeType.STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [...table.indexedAttributes],
        },
      ],
      timeToLiveAttribute: table.timeToLive,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Deletion protection is off, because it would block the rollback of a first deployment. Point-in-time recovery
      // is on, so DynamoDB keeps a backup of a deleted table for 35 days.
      removalPolicy,
    });
    this.indexArn = `${this.tableArn}/index/${table.index}`;
  }

  /** Allows reading and writing single items, and reading the index. */
  get readingAndWriting(): PolicyStatement[] {
    return [
      new PolicyStatement({
        actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
        resources: [this.tableArn],
      }),
      new PolicyStatement({ actions: ["dynamodb:Query"], resources: [this.indexArn] }),
    ];
  }

  get readingPartitions(): PolicyStatement {
    return new PolicyStatement({ actions: ["dynamodb:Query"], resources: [this.tableArn] });
  }
}
